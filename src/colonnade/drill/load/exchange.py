"""One request on its way: from the moment it is due to the operation that becomes of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from uuid import uuid4

from colonnade.drill.history import Operation, Result
from colonnade.drill.load.answer import Answer, Judged, judge, unanswered
from colonnade.drill.load.render import Fields, Rendered

Clock = Callable[[], float]
"""Seconds since the history began."""
STOPPED = "the load was stopped"
"""Detail of what was on its way when the load was ended at once."""


class Exchange:
    """Ends exactly once: by an answer, by an error, by its timeout, or because the load is over."""

    __slots__ = (
        *("answer", "cancel", "client", "cookie", "key", "operation", "rendered", "resent", "scheduled", "started"),
        *("_clock", "_ended", "_timer"),
    )

    def __init__(
        self,
        rendered: Rendered,
        client: str,
        key: str,
        scheduled: float,
        clock: Clock,
        ended: Callable[[Exchange], None],
        cookie: str = "",
    ) -> None:
        """`key` is used where the request has no place for one of its own; `ended` is called once."""
        self.rendered = rendered
        self.client = client
        self.key = key
        self.scheduled = scheduled
        self.cookie = cookie
        self.cancel: Callable[[Exchange], None] | None = None
        """Set by the connection that sends it: nobody waits for the answer any more."""
        self.resent = False
        self.answer: Answer | None = None
        self.operation: Operation | None = None
        self._clock = clock
        self._ended = ended
        # Where it waits for a connection, that is part of what was asked: an earlier start claims less order.
        self.started = clock()
        timeout = rendered.request.timeout
        self._timer = asyncio.get_running_loop().call_later(timeout, self.expire, f"no answer in {timeout:g} s")

    @property
    def done(self) -> bool:
        return self.operation is not None

    def http1(self) -> bytes:
        return self.rendered.http1(self.key, self.cookie)

    def http2(self) -> tuple[Fields, bytes]:
        return self.rendered.http2(self.key, self.cookie)

    def answered(self, answer: Answer) -> None:
        if not self.done:
            self.answer = answer
            self._end(judge(self.rendered.request, answer, self.key))

    def failed(self, reason: str) -> None:
        if not self.done:
            result = unanswered(self.rendered.request, sent=self.cancel is not None)
            self._end(Judged(result, None, reason))

    def expire(self, reason: str) -> None:
        """The client waits no longer."""
        self.failed(reason)
        if self.cancel:
            self.cancel(self)

    def cut_short(self) -> None:
        """The load itself is over: that says nothing about the site."""
        if not self.done:
            self._end(Judged(Result.UNKNOWN, None, STOPPED))

    def _end(self, judged: Judged) -> None:
        self._timer.cancel()
        result, value, detail = judged
        self.operation = Operation(
            self.client,
            self.rendered.request.kind,
            self.key,
            value,
            self.scheduled,
            self.started,
            self._clock(),
            result,
            detail,
        )
        self._ended(self)


def key_for(rendered: Rendered, otherwise: str) -> str:
    """A new UUID where the request has a place for it."""
    return str(uuid4()) if rendered.keyed else otherwise


def described(error: BaseException | None) -> str:
    """An error in a few words."""
    if error is None:
        return "closed without an answer"
    words = getattr(error, "verify_message", None) or getattr(error, "strerror", None) or str(error)
    return str(words or type(error).__name__)
