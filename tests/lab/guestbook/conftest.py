"""One guestbook for all tests of this folder, since a minute passes until it stands."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.lab.conftest import standing
from tests.lab.sites import LabSite, copied


@pytest.fixture(scope="package")
def guestbook(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabSite]:
    with standing(copied("guestbook", tmp_path_factory.mktemp("guestbook"))) as site:
        yield site
