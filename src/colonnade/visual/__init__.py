"""What the report of a drill and the dashboard share: SVG, shapes, colours, type."""

from __future__ import annotations

from pathlib import Path

VISUAL = Path(__file__).parent
"""Folder of `base.css` and `shapes.svg`."""
