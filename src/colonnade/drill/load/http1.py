"""HTTP/1.1 over one connection: one request at a time."""

from __future__ import annotations

import asyncio
from typing import cast

from colonnade.drill.load.answer import Answer, Loss
from colonnade.drill.load.connection import LINGER, Hangup, Owner
from colonnade.drill.load.exchange import Exchange, described
from colonnade.drill.load.reader import Reader


class Http1(asyncio.Protocol):
    def __init__(self, owner: Owner) -> None:
        self._owner = owner
        self._reader = Reader()
        self._exchange: Exchange | None = None
        self._served = 0
        self._over = False

    @property
    def usable(self) -> bool:
        return self._exchange is None and not self._over and not self._transport.is_closing() and not self._hangup

    def send(self, exchange: Exchange) -> None:
        self._exchange = exchange
        exchange.cancel = self._cancel
        self._reader.begin(exchange.rendered.request.method)
        self._transport.write(exchange.http1())

    def retire(self) -> None:
        self._over = True
        asyncio.get_running_loop().call_later(LINGER, self._transport.abort)

    def close(self) -> None:
        self._over = True
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's own is one in all but its class.
        self._transport = cast(asyncio.Transport, transport)
        self._hangup = Hangup(transport)

    def data_received(self, data: bytes) -> None:
        if self._exchange is None:
            self.close()
            return
        try:
            answer = self._reader.feed(data)
        except ValueError as error:
            self._break(Loss.BROKEN, str(error))
            self.close()
            return
        if answer:
            self._complete(answer)

    def eof_received(self) -> None:
        self._over = True

    def connection_lost(self, exc: Exception | None) -> None:
        self._over = True
        self._owner.lost(self)
        if self._exchange and exc is None and (answer := self._reader.end()):
            self._complete(answer)
        unanswered = self._served > 0 and not self._reader.begun
        self._break(Loss.UNANSWERED if unanswered else Loss.BROKEN, described(exc))

    def _cancel(self, exchange: Exchange) -> None:
        if self._exchange is exchange:
            self._exchange = None
            self.close()

    def _complete(self, answer: Answer) -> None:
        exchange, self._exchange = self._exchange, None
        self._served += 1
        if exchange:
            exchange.answered(answer)
        if self._reader.keeps and not self._over:
            self._owner.freed(self)
        elif not self._over:
            self.retire()

    def _break(self, loss: Loss, reason: str) -> None:
        exchange, self._exchange = self._exchange, None
        if exchange:
            self._owner.broke(exchange, loss, reason)
