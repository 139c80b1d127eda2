"""The whole of a spec as one model: its own tables and a table for each component that has options."""

from __future__ import annotations

import inspect
import sys
from functools import cache
from typing import Any

from pydantic import BaseModel, Field, create_model

from colonnade.components import discover
from colonnade.spec.tables import SpecTable


def sections() -> dict[str, type[BaseModel]]:
    """The options of every component that has any, by the name of their table."""
    return {c.section: c.options for c in discover().values() if c.section and c.options}


@cache
def spec_model() -> type[SpecTable]:
    """The model that a spec must fit, whole."""
    fields: dict[str, Any] = {name: _field(options) for name, options in sections().items()}
    return create_model("Spec", __base__=SpecTable, __doc__="", **fields)


def _field(options: type[BaseModel]) -> tuple[type[BaseModel], Any]:
    return options, Field(default_factory=options, description=_summary(options))


def _summary(options: type[BaseModel]) -> str:
    """The first line about the options: "how the edge spreads requests", without the table's name before it."""
    doc = inspect.getdoc(options) if options.__doc__ else sys.modules[options.__module__].__doc__
    line = (doc or "").strip().split("\n")[0]
    return line.split("`: ", 1)[-1].rstrip(".")
