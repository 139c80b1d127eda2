"""What can be broken on a server, offered by the component that it belongs to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """Two shell commands that run on the server as root: one breaks, the other undoes it.

    `undo` may be run at any time and more than once: by the drill, by the server's own timer, or by hand.
    """

    component: str
    name: str
    """kill, freeze, stop, cut, cut-peers, cut-in, cut-out, fill-disk, squeeze-memory, jump-clock, pause. A component's
    second daemon is named after it: stop-sentinel, freeze-patroni. All of them stand in docs/drill-faults.md."""
    server: str
    text: str
    """What is done, in words: `SIGKILL to PostgreSQL's first process`."""
    inject: str
    undo: str
    needs: str = "true"
    """Shell command that succeeds where the fault can be made; what it prints otherwise is the reason."""
    safe: bool = False
    """May be made on a site in production: it ends no more than one server's part, and nothing has to be repaired."""
    stops: bool = True
    """The component stops answering here."""
    isolates: bool = False
    """Nobody reaches the server, the operator neither: it is made a moment after the answer has left, and only the
    server's timer or its return undoes it."""
