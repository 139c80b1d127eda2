"""Components are found by folder: each subpackage exports one COMPONENT."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module

from colonnade.model.component import Component


@cache
def discover() -> dict[str, Component]:
    """Every component by name, in the order of their names."""
    names = sorted(info.name for info in pkgutil.iter_modules(__path__) if info.ispkg)
    return {name: _load(name) for name in names}


def _load(name: str) -> Component:
    component: Component = import_module(f"{__name__}.{name}").COMPONENT
    return component
