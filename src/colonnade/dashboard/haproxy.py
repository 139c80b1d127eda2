"""What HAProxies count: ways of the picture, and the traffic of the site, from two answers to `show stat`."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from colonnade.dashboard.snapshot import Way
from colonnade.model.observation import Status

# Backends of the endpoints beside the app, by the tier that they lead to.
TIERS = {"primary": "db", "replicas": "db", "cache": "cache"}
WORKERS = "app-"
EDGE = "https"


@dataclass(frozen=True, slots=True)
class Count:
    """One line: a frontend, or a server of a backend."""

    proxy: str
    name: str
    status: str
    total: int
    """Requests, or connections where HAProxy does not look into them."""
    current: int
    errors: int
    """Answers of 500 and above."""


def counts(text: str) -> dict[tuple[str, str], Count]:
    """By proxy and name. ValueError, KeyError or TypeError for what is no answer to `show stat`."""
    lines = csv.DictReader(text.removeprefix("# ").splitlines())
    found = [_count(line) for line in lines if line["svname"] != "BACKEND"]
    return {(each.proxy, each.name): each for each in found}


def _count(line: Mapping[str, str]) -> Count:
    total = int(line["req_tot"] or line["stot"] or 0)
    errors = int(line["hrsp_5xx"] or 0)
    return Count(line["pxname"], line["svname"], line["status"], total, int(line["scur"] or 0), errors)


Counts = Mapping[tuple[str, str], Count]


def rate(before: Counts, after: Counts, key: tuple[str, str], seconds: float, errors: bool = False) -> float | None:
    """Per second. A counter that went back was begun anew: what it shows came since."""
    if key not in after or key not in before or seconds <= 0:
        return None
    old, new = ((c.errors if errors else c.total) for c in (before[key], after[key]))
    return (new - old if new >= old else new) / seconds


def ways(server: str, roles: Sequence[str], before: Counts, after: Counts, seconds: float) -> Iterable[Way]:
    """From this server onwards, as its own HAProxies see them."""
    workers: dict[str, list[Way]] = {}
    for key, count in after.items():
        if count.name == "FRONTEND":
            continue
        per_second = rate(before, after, key, seconds)
        if count.proxy == "web" and "lb" in roles:
            yield Way(f"lb:{server}", f"web:{count.name}", _state(count), per_second, _word(count))
        elif count.proxy.startswith(WORKERS):
            target = f"app:{count.name.rpartition('-')[0]}"
            workers.setdefault(target, []).append(Way("", target, _state(count), per_second, _word(count)))
        elif (tier := TIERS.get(count.proxy)) and count.status.startswith("UP"):
            # Only one of them is primary, and no replica: that the others are not is no failure.
            yield Way(
                f"app:{server}", f"{tier}:{count.name}", _state(count), None, f"{count.proxy}: {count.current} open"
            )
    for target, several in workers.items():
        yield _together(f"web:{server}", target, several)


def _together(source: str, target: str, several: Sequence[Way]) -> Way:
    """All workers of one app server as one way."""
    up = sum(way.state is Status.OK for way in several)
    state = Status.DOWN if not up else Status.OK if up == len(several) else Status.DEGRADED
    rates = [way.rate for way in several if way.rate is not None]
    return Way(source, target, state, sum(rates) if rates else None, f"{up} of {len(several)} workers up")


def _state(count: Count) -> Status:
    if count.status.startswith(("UP", "no check", "OPEN")):
        return Status.OK
    return Status.DEGRADED if count.status.startswith(("DRAIN", "MAINT", "NOLB")) else Status.DOWN


def _word(count: Count) -> str:
    return {"DRAIN": "drained", "MAINT": "in maintenance", "NOLB": "drained"}.get(count.status.split()[0], "")
