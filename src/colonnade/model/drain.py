"""How work is kept away from a server, offered by the component that would send it there."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Drain:
    """Four shell commands that run on `on` as root. A server that is out stays out when the daemon there reloads,
    restarts or boots; `out` and `back` may be run at any time and more than once.
    """

    component: str
    """Gets no new work on `server`: app, nginx, haproxy, patroni."""
    server: str
    on: str
    """Where the work would come from."""
    out: str
    back: str
    empty: str
    """Succeeds when nothing is in flight from there any more."""
    is_out: str
    lingers: bool = False
    """Idle connections count as work in flight: minutes may pass until it is empty."""
    part: str = ""
    """The application whose workers it is, where a server may be kept free of one and not of another."""
