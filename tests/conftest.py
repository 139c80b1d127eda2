"""How tests are spread over processes."""

from __future__ import annotations

import pytest

# Fixtures that stand for a site in the lab, or for its image.
SITES = frozenset({"guestbook", "trio", "notes", "pair", "root"})


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of one site go to one process. Most of their time is waiting, which two sites can do side by side."""
    for item in items:
        for site in SITES.intersection(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.xdist_group(site))
