"""How the page writes states, numbers and times. State by shape and word, never by colour alone."""

from __future__ import annotations

from datetime import UTC, datetime

from colonnade.model.observation import Status

WORDS = {Status.OK: "well", Status.DEGRADED: "degraded", Status.DOWN: "down", Status.UNKNOWN: "not seen"}
SHAPES = {Status.OK: "pass", Status.DEGRADED: "degraded", Status.DOWN: "fail", Status.UNKNOWN: "unseen"}
VERDICTS = {
    "serving": Status.OK,
    "degraded": Status.DEGRADED,
    "down": Status.DOWN,
    "unknown": Status.UNKNOWN,
}
SEVERITIES = {"critical": Status.DOWN, "warning": Status.DEGRADED}


def per_second(rate: float) -> str:
    return f"{number(rate)}/s"


def number(value: float) -> str:
    """Two or three digits."""
    return f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:.1f}"


def milliseconds(seconds: float | None) -> str:
    if seconds is None:
        return "unknown"
    return f"{seconds:.1f} s" if seconds >= 1 else f"{number(seconds * 1000)} ms"


def percent(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.0f} %"


def clock(at: float) -> str:
    """`06:40:12`, UTC."""
    return datetime.fromtimestamp(at, UTC).strftime("%H:%M:%S")


def day_and_clock(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S")


def stamp(at: float) -> str:
    """For `datetime` of a `time` element."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def volume(count: float) -> str:
    """`0 B`, `3.4 MB`."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000 or unit == "GB":
            break
        count /= 1000
    return f"{count:.0f} {unit}" if unit == "B" or count >= 10 else f"{count:.1f} {unit}"
