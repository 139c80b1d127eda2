"""The load in a process of its own: `python -m colonnade.drill.load`.

The first line of standard input describes the load as JSON (see `load.py`). Standard output has one line for each
operation when it has ended, and a line with a summary when the load begins, each second, and at the end. A load without
`seconds` runs until its input ends; what is in flight is then waited for. SIGINT and SIGTERM end it within a second.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import resource
import signal
import sys
from collections.abc import Callable
from itertools import count
from threading import Thread

import uvloop

from colonnade.drill.load.generator import Generator
from colonnade.drill.load.headroom import require_descriptors
from colonnade.drill.load.load import Load
from colonnade.drill.load.wire import operation_line, read_load, summary_line
from colonnade.drill.load.writer import Writer
from colonnade.errors import UserError

# Before all the machines of a lab on the same computer, where root may ask for it: what waits for the processor here
# would be taken for the site's. `nice` would not do, it counts only among the processes of one session.
PRIORITY = os.sched_param(1)
FLUSH = 0.05
# In flushes: once a second.
SUMMARY_EACH = 20


def main() -> int:
    try:
        load = read_load(sys.stdin.buffer.readline())
        require_descriptors(load, _open_files())
    except UserError as error:
        print(error, file=sys.stderr)
        return int(error.exit_code)
    with contextlib.suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_RR, PRIORITY)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_make(load))
    return 0


def _open_files() -> int:
    """As many as this process may have."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


async def _make(load: Load) -> None:
    loop = asyncio.get_running_loop()
    writer = Writer(sys.stdout.fileno(), lambda: _soon(loop, generator.abort))
    generator = Generator(load, lambda operation: writer.add(operation_line(operation)))
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, generator.abort)
    if load.seconds is None:
        Thread(target=_listen, args=(loop, generator), daemon=True).start()
    await generator.warm()
    # What lives now lives to the end: the collector need not look at it again.
    gc.freeze()
    told = asyncio.create_task(_tell(generator, writer))
    try:
        await generator.run()
    finally:
        told.cancel()
        writer.add(summary_line(generator.summary))
        writer.close()


def _listen(loop: asyncio.AbstractEventLoop, generator: Generator) -> None:
    """Returns once standard input has ended. Not by its buffer, which would still be locked when Python exits."""
    while os.read(sys.stdin.fileno(), 4096):
        pass
    _soon(loop, generator.stop)


def _soon(loop: asyncio.AbstractEventLoop, what: Callable[[], None]) -> None:
    """From another thread. The loop may be over."""
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(what)


async def _tell(generator: Generator, writer: Writer) -> None:
    """A summary at once, which says that the load begins, and then each second."""
    for turn in count():
        if turn % SUMMARY_EACH == 0:
            writer.add(summary_line(generator.summary))
        writer.flush()
        await asyncio.sleep(FLUSH)


if __name__ == "__main__":
    sys.exit(main())
