"""The examples' own modules, as far as they need nothing but Python."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
Load = Callable[[str], ModuleType]


@pytest.fixture
def guestbook(monkeypatch: pytest.MonkeyPatch) -> Iterator[Load]:
    """Imports a module of the guestbook: `guestbook("guard")`."""
    monkeypatch.syspath_prepend(str(EXAMPLES / "guestbook"))
    yield lambda name: importlib.import_module(f"guestbook.{name}")
    for name in [name for name in sys.modules if name.partition(".")[0] == "guestbook"]:
        del sys.modules[name]
