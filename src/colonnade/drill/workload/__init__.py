"""Workloads: what clients do all the while, told as operations for the checker of the same name.

Each is a module with TABLES, the SQL that makes what it needs, and `run(context, until)`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from colonnade.drill.workload import append, bank, ledger, primaries, register
from colonnade.drill.workload.context import Context


@dataclass(frozen=True, slots=True)
class Workload:
    tables: str
    run: Callable[[Context, asyncio.Event], Coroutine[None, None, None]]
    """Until the event is set; what is under way then is still waited for."""


WORKLOADS: Mapping[str, Workload] = MappingProxyType(
    {
        "ledger": Workload(ledger.TABLES, ledger.run),
        "append": Workload(append.TABLES, append.run),
        "register": Workload(register.TABLES, register.run),
        "bank": Workload(bank.TABLES, bank.run),
        "primaries": Workload(primaries.TABLES, primaries.run),
    }
)
