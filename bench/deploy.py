"""A deploy and a rollback as visitors see them: 200 requests a second through the addresses all the while.

On the lab of the spec, which must run. The app is changed in a copy of its folder; the release that was live is brought
back at the end.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from bench.command import COLONNADE
from bench.lab_site import why_not
from bench.row import Row, at_most, skipped
from colonnade.cli.session import Session, open_session
from colonnade.drill.history import Operation, Result
from colonnade.drill.load import Summary, running
from colonnade.drill.measure import latency
from colonnade.drill.timing import STOPPED
from colonnade.drill.visitors import load
from colonnade.errors import UserError

# Of all requests; writes are a fifth as many.
READS = 1 / 1.2
BEFORE, AFTER = 10.0, 3.0
SECONDS, BACK = 15, 8
TAKEN = re.compile(r"is live, ([0-9.]+) s")


@dataclass
class Seen:
    """What the visitors saw while a verb worked."""

    verb: str
    operations: list[Operation] = field(default_factory=list)
    began: float = 0.0
    ended: float = 0.0
    output: str = ""
    errors: str = ""
    code: int = 0
    summary: Summary = field(default_factory=Summary)

    @property
    def failed(self) -> list[Operation]:
        return [each for each in self.operations if each.result is not Result.OK and each.detail != STOPPED]

    @property
    def seconds(self) -> float:
        """From the end of the build to the last server, as the verb says."""
        found = TAKEN.search(self.output)
        return float(found.group(1)) if found else float("inf")

    def p99(self, since: float, until: float) -> float:
        """Milliseconds of the requests that were due then."""
        found = latency(each for each in self.operations if since <= each.scheduled < until)
        return float("inf") if found.p99 is None else found.p99

    @property
    def before(self) -> float:
        return self.p99(0, self.began)

    @property
    def during(self) -> float:
        return self.p99(self.began, self.ended)


def deployed(spec: Path, rate: int) -> Iterable[Row]:
    if why := why_not(spec):
        yield skipped("deploy and rollback under load", why)
        return
    try:
        with copied(spec) as copy:
            session = open_session(copy, "lab")
            change(session)
            for verb, limit in (("deploy", SECONDS), ("rollback", BACK)):
                seen = asyncio.run(under_load(session, verb, copy, rate))
                if seen.code:
                    raise UserError(verb, seen.errors.strip(), "see colonnade status")
                yield from _rows(seen, rate, limit)
    except UserError as error:
        yield skipped("deploy and rollback under load", f"{error.problem}; try: {error.hint}")


def _rows(seen: Seen, rate: int, limit: float) -> Iterator[Row]:
    told = f"of {len(seen.operations)} requests"
    if seen.failed:
        first = seen.failed[0]
        told += f"; the first {first.kind} at {first.scheduled - seen.began:.1f} s: {first.detail}"
    yield at_most(f"{seen.verb} under {rate} a second: failed requests", len(seen.failed), 0, "", 0, told)
    yield at_most("  to the last server", seen.seconds, limit, "s", 1)
    remark = f"{seen.during:.0f} ms during, {seen.before:.0f} ms before"
    if seen.verb == "deploy":
        yield at_most("  p99 during to p99 before", seen.during / seen.before, 2, "times", 1, remark)
    else:
        yield Row("  p99", remark)
    yield Row("  lateness of the load itself", f"{seen.summary.late_p99 * 1000:.0f} ms at p99")


async def under_load(session: Session, verb: str, spec: Path, rate: int) -> Seen:
    """A verb at work while visitors come, however it ends."""
    seen, origin = Seen(verb), time.monotonic()
    app = session.site.apps[0]
    made = load(
        session.site,
        replace(app, drill=replace(app.drill, rate=round(rate * READS))),
        session.vault.ca_cert,
        origin,
        0,
    )
    async with running(made, seen.operations.append) as process:
        await asyncio.sleep(BEFORE)
        seen.began = time.monotonic() - origin
        seen.code, seen.output, seen.errors = await _verb(verb, spec)
        seen.ended = time.monotonic() - origin
        await asyncio.sleep(AFTER)
    seen.summary = process.summary
    return seen


async def _verb(verb: str, spec: Path) -> tuple[int, str, str]:
    """Its exit code, and what it prints."""
    words = (str(COLONNADE), verb, "-f", str(spec), "-e", "lab")
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*words, stdout=pipe, stderr=pipe)
    output, errors = await process.communicate()
    return process.returncode or 0, output.decode(), errors.decode()


@contextmanager
def copied(spec: Path) -> Iterator[Path]:
    """The spec's folder, the lab's state in it: the same site. Other folders are where they were."""
    with tempfile.TemporaryDirectory(prefix="colonnade-bench-") as name:
        folder = Path(name) / "site"
        shutil.copytree(spec.parent, folder, ignore=shutil.ignore_patterns("__pycache__", ".venv"))
        yield folder / spec.name


def change(session: Session) -> None:
    """One line of the first file of the app that Python imports."""
    append(session, f"# {time.time()}")


def append(session: Session, text: str) -> None:
    """To that file."""
    app = session.site.apps[0]
    module = (app.asgi or app.wsgi or "").partition(":")[0].replace(".", "/")
    file = app.path / f"{module}.py"
    if not module or not file.is_file() or not file.is_relative_to(session.loaded.path.parent):
        raise UserError(app.name, "no file to change", "bench a spec whose app is in its own folder")
    file.write_text(f"{file.read_text()}\n{text}\n")
