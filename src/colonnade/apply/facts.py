"""What was measured on the servers, remembered for the day when one does not answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from colonnade.model.actual import Actual
from colonnade.model.layout import Facts


def known_facts(state: Path, actual: Mapping[str, Actual]) -> dict[str, Facts]:
    """What was measured now, and earlier for servers that did not answer."""
    file = state / "facts.json"
    try:
        remembered = {name: Facts(**values) for name, values in json.loads(file.read_text()).items()}
    except (OSError, ValueError, TypeError):
        remembered = {}
    facts = {**remembered, **{name: each.facts for name, each in actual.items()}}
    if facts != remembered:
        state.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps({name: asdict(each) for name, each in sorted(facts.items())}, indent=1))
    return facts
