"""Gives a machine of the lab its power back when its drill is gone, or its time over: `python -m` this.

Standard input: one line of JSON {spec, name, seconds}; then `dismissed` when the drill has done it itself. The end of
it without that word is the end of the drill.
"""

from __future__ import annotations

import json
import os
import select
import sys
from pathlib import Path
from typing import Any

ARMED, DISMISSED = b"armed\n", b"dismissed\n"


def main() -> None:
    asked = json.loads(sys.stdin.buffer.readline())
    sys.stdout.buffer.write(ARMED)
    sys.stdout.flush()
    ready, _, _ = select.select([sys.stdin], [], [], asked["seconds"])
    if ready and os.read(sys.stdin.fileno(), len(DISMISSED)) == DISMISSED:
        return
    # Without its record the power was never cut, or somebody else has restored it.
    lost = record(Path(asked["spec"]["state"]), asked["name"])
    if lost.exists():
        start(asked["spec"], asked["name"])
        lost.unlink(missing_ok=True)


def record(state: Path, name: str) -> Path:
    """Exists while the machine is without power because of a drill."""
    return state / f"lost-{name}"


def start(told: dict[str, Any], name: str) -> None:
    # Here, for it takes a core half a second, and while this waits the drill measures.
    from colonnade import lab

    machines = tuple((name, address) for name, address in told["machines"])
    packages, state = tuple(told["packages"]), Path(told["state"])
    lab.start(lab.LabSpec(told["site"], told["bridge"], told["gateway"], machines, packages, state), name)


if __name__ == "__main__":
    main()
