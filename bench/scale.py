"""Scaling a site that runs on this computer, while visitors read and write through its addresses."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bench.command import COLONNADE
from bench.lab_site import RATE
from bench.row import Row, at_most, skipped
from colonnade.cli.session import Session, open_session
from colonnade.drill.history import Operation, Result
from colonnade.drill.load.load import Load, Stream
from colonnade.drill.load.process import running
from colonnade.errors import UserError

LISTED = (("app", 1), ("db", 2), ("lb", 1))
# A balancer that goes hands its addresses over; drills allow a lost one 0.5 s of failures, a planned one less.
ALLOWED = {"app": 0.0, "db": 0.0, "lb": 0.1}


@dataclass(frozen=True)
class Seen:
    seconds: float
    sent: int
    failed: Counter[str]
    slowest: float
    code: int
    said: str


def scaled(spec: Path, rate: int) -> Iterable[Row]:
    if os.geteuid() != 0:
        yield skipped("scale", "the lab needs root")
        return
    for role, more in LISTED:
        yield from _there_and_back(spec, role, more, rate)


def _there_and_back(spec: Path, role: str, more: int, rate: int) -> Iterable[Row]:
    count = len(open_session(spec, "lab").loaded.listed.get(role, ()))
    for number in (count + more, count) if count else ():
        seen = asyncio.run(under_load(spec, f"{role}={number}", rate))
        name = f"scale {role} {count if number > count else count + more}→{number}"
        if seen.code:
            yield skipped(name, seen.said.strip().split("\n")[-1])
            return
        failed = sum(seen.failed.values())
        remark = f"of {seen.sent} failed, in {seen.seconds:.0f} s; slowest {seen.slowest:.1f} s"
        yield at_most(name, failed, ALLOWED[role] * rate, "requests", 0, remark)


async def under_load(spec: Path, words: str, rate: float) -> Seen:
    """One `colonnade scale` and what visitors saw of it. UserError when the load could not be made."""
    session, seen = open_session(spec, "lab"), list[Operation]()
    async with running(_load(session, rate), seen.append):
        await asyncio.sleep(2)
        began = time.monotonic()
        command = (str(COLONNADE), "scale", *words.split(), "-f", str(spec), "-e", "lab", "--yes")
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=asyncio.subprocess.STDOUT)
        said = (await process.communicate())[0].decode()
        seconds = time.monotonic() - began
        await asyncio.sleep(2)
    failed = Counter(f"{one.kind} {one.detail}" for one in seen if one.result is not Result.OK)
    slowest = max((one.latency for one in seen), default=0.0)
    return Seen(seconds, len(seen), failed, slowest, process.returncode or 0, said)


def _load(session: Session, rate: float) -> Load:
    pages = session.site.apps[0].drill
    reads = Stream(kind="http.get", path=pages.read or session.site.apps[0].health, rate=rate * 0.9)
    # Longer than any wait for a new primary: what is held counts as slow, not as failed.
    write = Stream(
        kind="http.post", path=pages.write or "/", method="POST", body_template=pages.body, rate=rate * 0.1, timeout=30
    )
    return Load(
        domain=session.site.domain,
        addresses=tuple(vip.address for vip in session.site.vips),
        ca_cert=session.vault.ca_cert,
        origin=time.monotonic(),
        streams=(reads, write) if pages.write else (reads,),
        fallback="next",
    )


def main() -> int:
    """`python -m bench.scale SPEC ROLE=N [RATE]`: one of them, with all that was said."""
    spec, words, *rate = sys.argv[1:]
    try:
        seen = asyncio.run(under_load(Path(spec), words, float(rate[0]) if rate else RATE))
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(seen.said)
    print(
        f"{words}: {sum(seen.failed.values())} of {seen.sent} failed {dict(seen.failed)}; {seen.seconds:.1f} s, "
        f"slowest {seen.slowest:.2f} s"
    )
    return seen.code


if __name__ == "__main__":
    sys.exit(main())
