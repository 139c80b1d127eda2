"""Steps in which the edge counts how long answers took."""

from __future__ import annotations

STEPS = (10, 50, 100, 250, 500, 1000, 2500, 5000)
"""Milliseconds; what took longer than the last is counted beside them."""
HISTOGRAM = "colonnade_request_duration_seconds"
"""Prometheus' name of it: until a web server's answer began, as a balancer saw it."""


def le(step: int) -> str:
    """A step as the label of its bucket, in seconds."""
    return f"{step / 1000:g}"
