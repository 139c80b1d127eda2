"""How tests are spread over processes."""

from __future__ import annotations

import pytest

# Fixtures that stand for a site in the lab.
SITES = frozenset({"guestbook", "trio", "notes", "pair", "scaling"})


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of one site go to one process. Most of their time is waiting, which two sites can do side by side."""
    for item in items:
        if item.get_closest_marker("lab"):
            sites = SITES.intersection(getattr(item, "fixturenames", ()))
            # Those without a site start daemons from the lab's image, on ports of this computer.
            item.add_marker(pytest.mark.xdist_group(min(sites, default="image")))
