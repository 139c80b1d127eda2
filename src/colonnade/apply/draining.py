"""Which drains keep work away from what is about to stop. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping

from colonnade.components import discover
from colonnade.model.drain import Drain
from colonnade.model.layout import Layout
from colonnade.model.site import Server


def drains_of(layout: Layout, server: Server) -> tuple[Drain, ...]:
    """Everything that would send the server work, whichever component knows of it."""
    found = (component.drains(layout, server) for component in discover().values())
    return tuple(drain for drains in found for drain in drains)


def of_components(drains: Iterable[Drain], components: Collection[str]) -> tuple[Drain, ...]:
    return tuple(drain for drain in drains if drain.component in components)


def before_stop(layout: Layout, server: Server, components: Collection[str]) -> tuple[Drain, ...]:
    """For these components to be stopped there. One that no other server has is not drained: nobody could take over."""
    shared = {name for name in components if sum(map(discover()[name].on, layout.site.servers)) > 1}
    return of_components(drains_of(layout, server), shared)


def of_part(drains: Iterable[Drain], part: str) -> tuple[Drain, ...]:
    """The drains of one application's workers."""
    return tuple(drain for drain in drains if drain.part == part)


def by_place(drains: Iterable[Drain]) -> Mapping[str, tuple[Drain, ...]]:
    """Drains by the server their commands run on: there one after the other, they share files."""
    found: dict[str, list[Drain]] = {}
    for drain in drains:
        found.setdefault(drain.on, []).append(drain)
    return {place: tuple(each) for place, each in found.items()}


def unit(drain: Drain) -> str:
    """The timer that brings the server back if whoever took it out does not."""
    # Of a server one place may keep away several things: a database's reads, and its promotion.
    identity = "/".join((drain.component, drain.server, drain.is_out))
    return f"colonnade-back-{hashlib.sha256(identity.encode()).hexdigest()[:12]}"


def taking_out(drain: Drain, lease: float | None) -> str:
    """A shell script. With a lease the server's own systemd brings it back when the lease ends."""
    if lease is None:
        return f"{_disarm(drain)}\n{drain.out}"
    timer = f"--unit={unit(drain)} --on-active={lease:.0f}s --timer-property=AccuracySec=1s"
    script = f"cat >/run/{unit(drain)} <<'END'\n{drain.back}\nEND"
    armed = f"systemd-run --quiet --collect {timer} /bin/sh /run/{unit(drain)}"
    return f"{_disarm(drain)}\n{script}\n{armed} && {drain.out}"


def bringing_back(drain: Drain) -> str:
    return f"{drain.back} && {{ {_disarm(drain)}; }}"


def kept_out(drain: Drain) -> str:
    """Succeeds when somebody has taken it out for good: to bring it back is not for a passing deploy or apply."""
    return f"{{ {drain.is_out}; }} && ! systemctl is-active --quiet {unit(drain)}.timer"


def _disarm(drain: Drain) -> str:
    return f"systemctl --quiet stop {unit(drain)}.timer 2>/dev/null || true"
