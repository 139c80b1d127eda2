"""What happened, from Prometheus: verbs that the operator ran, and primaries that moved. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from colonnade.dashboard.prometheus import Sample
from colonnade.dashboard.snapshot import Event

# Six hours in steps of a minute: a verb that ran twice within one is told once.
SPAN, STEP = "6h", "1m"
HAPPENED = {
    "verbs": f"colonnade_verb_end_timestamp_seconds[{SPAN}:{STEP}]",
    "successes": "colonnade_verb_success",
    "primaries": f"patroni_primary[{SPAN}:{STEP}]",
}
OLDEST = 6 * 3600.0
KINDS = ("deploy", "apply", "drill")


def happened(answers: Mapping[str, Sequence[Sample] | None], now: float) -> tuple[Event, ...]:
    """As far as it was told; every monitor tells the same, so the same is told once."""
    failed = {_what(each) for each in answers.get("successes") or () if each.value == 0}
    found = {*_verbs(answers.get("verbs") or (), failed), *_primaries(answers.get("primaries") or ())}
    return tuple(sorted((event for event in found if now - event.at < OLDEST), key=lambda event: -event.at))


def _verbs(told: Iterable[Sample], failed: set[str]) -> Iterable[Event]:
    for series in told:
        ends = sorted({value for _, value in series.values})
        for end in ends:
            # Whether it went well is kept of the latest run alone.
            word = " failed" if end == ends[-1] and _what(series) in failed else ""
            kind = series.labels.get("verb", "")
            yield Event(end, kind if kind in KINDS else "apply", f"{_what(series)}{word}")


def _what(series: Sample) -> str:
    """`deploy web`, `drill primary-lost`."""
    return " ".join(series.labels[key] for key in ("verb", "app", "drill") if series.labels.get(key))


def _primaries(told: Iterable[Sample]) -> Iterable[Event]:
    """When a server became primary that had not been."""
    for series in told:
        server = series.labels.get("server", "")
        for (_, was), (at, now) in zip(series.values, series.values[1:], strict=False):
            if was == 0 and now == 1:
                yield Event(at, "failover", f"{server} is primary of the database", server)
