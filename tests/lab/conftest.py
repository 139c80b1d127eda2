"""Sites that stand for a whole module or session. Every test heals what it breaks."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.lab.sites import LabSite, copied


@contextmanager
def standing(site: LabSite) -> Iterator[LabSite]:
    """The site in the lab, and nothing of it afterwards."""
    if os.geteuid() != 0:
        pytest.fail("lab tests need root: sudo make test")
    site.lab("down")
    try:
        site.lab("up")
        site.await_verdict()
        yield site
    finally:
        site.lab("down")


@pytest.fixture(scope="module")
def trio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabSite]:
    with standing(copied("trio", tmp_path_factory.mktemp("trio"))) as site:
        yield site
