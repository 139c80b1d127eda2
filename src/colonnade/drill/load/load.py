"""What is asked of the site, by how many and how often. Plain data: it is sent to the load's own process as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
Protocol = Literal["http/1.1", "h2"]


@dataclass(frozen=True, kw_only=True)
class Request:
    """One request. `{key}` in `path`, `headers` and `body_template` becomes a new UUID each time, the operation's key.

    Without `{key}` the operation's key is the virtual address.
    """

    kind: str
    """The operation's kind: `http.get`."""
    path: str = "/"
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    body_template: str | None = None
    content_type: str = "application/json"
    capture: str = "status"
    """What becomes the operation's value: `status`; `key`; `found`, whether the key is in the body; `json`, the body
    read as JSON; `json.a.b`, a member of it."""
    expect: tuple[int, ...] = ()
    """Statuses that are well. When empty: where the request is safe all below 500 but 429, else 200 to 399."""
    timeout: float = 10.0
    """Seconds for the whole request, connecting included."""
    changes: bool = False
    """A GET that changes something all the same, as a counter of visits. Other methods always do."""

    @property
    def safe(self) -> bool:
        """RFC 9110 9.2.1: asking changes nothing, so that no answer means that nothing happened."""
        return self.method in SAFE_METHODS and not self.changes

    @property
    def keyed(self) -> bool:
        return any("{key}" in text for text in (self.path, self.body_template or "", *map("".join, self.headers)))


@dataclass(frozen=True, kw_only=True)
class Stream(Request):
    """An open loop: requests are due at fixed times, whatever became of those before."""

    rate: float
    """Requests a second, over all addresses in turn."""
    protocol: Protocol = "http/1.1"
    connection: Literal["new", "kept"] = "kept"
    """A connection for each request, or connections that stay open, as many as are needed at a time."""
    arrivals: Literal["constant", "jitter", "exponential"] = "constant"
    """Evenly spaced; one at a random moment of each interval; or independent of each other, as real visitors are."""


@dataclass(frozen=True, kw_only=True)
class Visitors:
    """A closed loop: each visitor keeps its cookies and makes one request at a time, the steps in turn, for ever.

    A `{key}` is the same in all steps of one turn. Without one, the key is the visitor's name. A visitor stays with one
    address and keeps its connection.
    """

    steps: tuple[Request, ...]
    count: int = 10
    think: float = 0.5
    """Seconds between an answer and the next request."""
    protocol: Protocol = "http/1.1"


@dataclass(frozen=True, kw_only=True)
class Load:
    """Everything one load generator does."""

    domain: str
    """For SNI, Host and the certificate's name."""
    addresses: tuple[str, ...]
    """The virtual addresses, asked in turn."""
    ca_cert: str
    """PEM of the CA that signs the site's certificates."""
    origin: float
    """time.monotonic() at the history's zero. On Linux all processes share this clock."""
    streams: tuple[Stream, ...] = ()
    visitors: tuple[Visitors, ...] = ()
    seconds: float | None = None
    """How long; until it is stopped when None."""
    seed: int = 0
    port: int = 443
    fallback: Literal["strict", "next"] = "strict"
    """`strict` judges each address alone. `next` tries the next one when a connect fails or takes over a second, as
    browsers do for a name with several addresses."""
