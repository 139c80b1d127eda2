"""The table: what is wanted, what was measured."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from bench import bad_releases, deploy, edge, lab_site, load, scale, watching
from bench.command import best, run
from bench.row import Row, at_most, skipped
from colonnade.errors import UserError

SPEC = Path(__file__).parents[1] / "examples/guestbook/colonnade.toml"
EDGE_LIMIT = 1.3
Part = Callable[[Path], Iterable[Row]]
Loaded = Callable[[Path, int], Iterable[Row]]


def designed(spec: Path) -> Iterable[Row]:
    done = best(lambda: run(sys.executable, str(Path(__file__).with_name("design_1000.py"))), 3)
    found = json.loads(done.output)
    remark = f"{found['files']} files, {found['cpu']:.2f} s of processor"
    yield at_most(f"design of {found['servers']} servers", found["seconds"], 2, "s", remark=remark)


def edged(spec: Path) -> Iterable[Row]:
    try:
        found = edge.measure(spec)
    except UserError as error:
        yield skipped("the edge's processor time", f"{error.problem}; try: {error.hint}")
        return
    remark = f"{found.edge:.0f} µs to {found.bare:.0f} µs for each request"
    yield at_most("the edge against a bare HAProxy", found.ratio, EDGE_LIMIT, "times", remark=remark)
    yield Row("  and in journald, for its log", f"{found.journald:.0f} µs for each request")


PARTS: dict[str, Part] = {
    "design": designed,
    "start": lab_site.start_up,
    "site": lab_site.running,
    "watching": watching.overhead,
    "edge": edged,
    "load": load.loaded,
}
# These are under a load of their own.
LOADED: dict[str, Loaded] = {"deploy": deploy.deployed, "bad": bad_releases.bad_releases, "scale": scale.scaled}


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench/run")
    parser.add_argument("-f", "--file", type=Path, default=SPEC)
    parser.add_argument("--up", action="store_true", help="take the lab down first, and time how it comes up")
    parser.add_argument("--rate", type=int, default=lab_site.RATE, help="requests a second of deploy, bad and scale")
    names = (*PARTS, *LOADED)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(names)}; all when none is named")
    given = parser.parse_args()
    if unknown := set(given.parts) - set(names):
        parser.error(f"no part is called {', '.join(sorted(unknown))}")
    spec = given.file.resolve()
    chosen: list[Part] = [lab_site.coming_up] if given.up else []
    chosen += [part for name, part in PARTS.items() if not given.parts or name in given.parts]
    chosen += [under(part, given.rate) for name, part in LOADED.items() if not given.parts or name in given.parts]
    return show(row for part in chosen for row in part(spec))


def under(part: Loaded, rate: int) -> Part:
    return lambda spec: part(spec, rate)


def show(rows: Iterable[Row]) -> int:
    """Prints each line once it is known; 1 when a limit is missed."""
    line = "{:<46} {:<58} {:<10} {}"
    print(line.format("target", "measured", "limit", "ok"))
    missed = False
    for row in rows:
        said = {True: "yes", False: "NO", None: ""}[row.ok]
        print(line.format(row.target, row.measured, row.limit, said).rstrip(), flush=True)
        missed = missed or row.ok is False
    load, cores = os.getloadavg()[0], os.cpu_count() or 1
    if load > cores:
        print(f"This computer has more to do than this (load {load:.1f} on {cores} cores): times are longer for it.")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
