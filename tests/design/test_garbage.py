"""A design pauses Python's garbage collector, and only for itself."""

from __future__ import annotations

import gc

import pytest

from colonnade.design import design
from tests.sites import VAULT, example


def test_the_collector_works_again_after_a_design() -> None:
    design(example("trio"), VAULT, {})
    assert gc.isenabled()


def test_the_collector_works_again_after_a_design_that_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("colonnade.design.lay_out", fail)
    with pytest.raises(RuntimeError):
        design(example("trio"), VAULT, {})
    assert gc.isenabled()
