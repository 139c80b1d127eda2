"""The spec that `colonnade init` writes."""

from __future__ import annotations

from pathlib import Path


def starter() -> str:
    """An annotated spec to begin with."""
    return Path(__file__).with_name("starter.toml").read_text(encoding="utf-8")
