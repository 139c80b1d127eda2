"""The history of a run as it was judged, for whoever wants to judge it again: gzipped, one JSON object a line."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from colonnade.drill.outcome import Outcome


def file_name(outcome: Outcome) -> str:
    return f"{outcome.drill}-{outcome.seed}.jsonl.gz"


def as_lines(outcome: Outcome) -> bytes:
    """`what` says of each line which noun of drill/history.py it is."""
    text = "\n".join(json.dumps(each, separators=(",", ":")) for each in _lines(outcome))
    return gzip.compress(text.encode() + b"\n", mtime=0)


def _lines(outcome: Outcome) -> Iterator[dict[str, Any]]:
    history = outcome.history
    yield {"what": "drill", "name": outcome.drill, "seed": outcome.seed, "started": outcome.started}
    yield from ({"what": "injection", **asdict(each)} for each in history.injections)
    yield from ({"what": "event", **asdict(each)} for each in history.events)
    yield from ({"what": "look", **asdict(each)} for each in history.looks)
    yield from ({"what": "operation", **asdict(each)} for each in history.operations)
