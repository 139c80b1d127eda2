"""Numbers that node-exporter reads from files: Prometheus' text format, one folder on every server."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

FOLDER = "/var/lib/colonnade-metrics"
"""Written by root, read by node-exporter at each scrape; only names that end in .prom count."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One number of a gauge."""

    name: str
    value: float
    labels: tuple[tuple[str, str], ...] = ()


def path_of(name: str) -> str:
    return f"{FOLDER}/{name}.prom"


def as_text(samples: Iterable[Sample], help_of: Mapping[str, str]) -> str:
    """Samples in the text format, those of one name together, with what each name means."""
    by_name: dict[str, list[Sample]] = {}
    for sample in samples:
        by_name.setdefault(sample.name, []).append(sample)
    lines = []
    for name, members in by_name.items():
        lines += [f"# HELP {name} {help_of[name]}", f"# TYPE {name} gauge"]
        lines += [f"{name}{_labels(sample)} {_number(sample.value)}" for sample in members]
    return "".join(f"{line}\n" for line in lines)


def _labels(sample: Sample) -> str:
    pairs = ",".join(f'{key}="{_escaped(value)}"' for key, value in sample.labels)
    return f"{{{pairs}}}" if pairs else ""


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)
