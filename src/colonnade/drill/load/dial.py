"""Opens connections: TCP, TLS verified against the site's CA, the protocol agreed on by ALPN."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Callable

from colonnade.drill.load.connection import Connection, Owner
from colonnade.drill.load.http1 import Http1
from colonnade.drill.load.http2 import Http2
from colonnade.drill.load.load import Load, Protocol

# Of one address while there is another to try.
CONNECT_TIMEOUT = 1.0
PROTOCOLS: dict[Protocol, Callable[[Owner], Http1 | Http2]] = {"http/1.1": Http1, "h2": Http2}


class Dialer:
    """Opens connections of one protocol to the addresses of one load."""

    def __init__(self, load: Load, protocol: Protocol) -> None:
        self._load = load
        self._protocol: Protocol = protocol
        self._context = ssl.create_default_context(cadata=load.ca_cert)
        self._context.set_alpn_protocols([protocol])

    async def dial(self, address: str, within: float, owner: Owner) -> Connection:
        """OSError, of which TimeoutError and SSLError are kinds, when there is none."""
        try:
            async with asyncio.timeout(within):
                return await self._first_that_opens(self._candidates(address), owner)
        except TimeoutError:
            raise TimeoutError(f"no connection in {within:g} s") from None

    async def _first_that_opens(self, addresses: tuple[str, ...], owner: Owner) -> Connection:
        *first, last = addresses
        for each in first:
            with contextlib.suppress(OSError):
                async with asyncio.timeout(CONNECT_TIMEOUT):
                    return await self._open(each, owner)
        return await self._open(last, owner)

    def _candidates(self, address: str) -> tuple[str, ...]:
        """The address, and with `fallback = "next"` the one after it."""
        known = self._load.addresses
        if self._load.fallback == "strict" or len(known) < 2:
            return (address,)
        return (address, known[(known.index(address) + 1) % len(known)])

    async def _open(self, address: str, owner: Owner) -> Connection:
        loop = asyncio.get_running_loop()
        transport, protocol = await loop.create_connection(
            lambda: PROTOCOLS[self._protocol](owner),
            address,
            self._load.port,
            ssl=self._context,
            server_hostname=self._load.domain,
        )
        agreed = transport.get_extra_info("ssl_object").selected_alpn_protocol()
        if self._protocol == "h2" and agreed != "h2":
            transport.abort()
            raise ConnectionError("the server does not speak HTTP/2")
        return protocol
