"""The load of a drill over HTTP: open-loop streams and closed-loop visitors through the virtual addresses."""

from colonnade.drill.load.headroom import headroom, require_headroom
from colonnade.drill.load.lateness import Summary
from colonnade.drill.load.load import Load, Request, Stream, Visitors
from colonnade.drill.load.process import LoadProcess, running

__all__ = [
    "Load",
    "LoadProcess",
    "Request",
    "Stream",
    "Summary",
    "Visitors",
    "headroom",
    "require_headroom",
    "running",
]
