"""The dashboard on the monitors: through the balancers, behind its login, in a real browser, one monitor lost."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING

import pytest

from tests.dashboard.pages import ARGUMENTS, CHROMIUM
from tests.lab.conftest import standing
from tests.lab.curl import asked
from tests.lab.sites import COMMAND, LabSite, copied

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.lab, pytest.mark.long, pytest.mark.timeout(900)]
HOST, PASSWORD = "status.example.com", "a good one"
TABLE = f"""
[dashboard]
host = "{HOST}"
users = {{ ada = "DASHBOARD_ADA" }}
"""
# Prometheus fetches every ten seconds.
LATEST = 20.0


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabSite]:
    """Three servers with every role each: monitors too."""
    site = copied("trio", tmp_path_factory.mktemp("trio"))
    words = [COMMAND, "secrets", "set", "DASHBOARD_ADA", "-e", "lab"]
    subprocess.run(words, cwd=site.spec.parent, input=PASSWORD, text=True, check=True, capture_output=True)
    site.spec.write_text(site.spec.read_text() + TABLE)
    with standing(site):
        yield site


@contextmanager
def browser(site: LabSite) -> Iterator[Page]:
    """That finds the host at the first virtual address."""
    from playwright.sync_api import sync_playwright

    address = site.addresses[0].removeprefix("https://").strip("/")
    rule = f"--host-resolver-rules=MAP {HOST} {address}"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS, rule])
        try:
            yield chromium.new_page(ignore_https_errors=True)
        finally:
            chromium.close()


def test_nothing_is_shown_without_a_login(shown: LabSite) -> None:
    status, headers, body = asked(shown, HOST, "/")
    assert (status, headers["location"], body) == (303, "/login", "")
    assert asked(shown, HOST, "/events")[0] == 401


def test_it_outlives_a_monitor_and_shows_its_loss(shown: LabSite) -> None:
    from playwright.sync_api import expect

    with browser(shown) as page:
        page.goto(f"https://{HOST}/")
        page.get_by_label("Name").fill("ada")
        page.get_by_label("Password").fill(PASSWORD)
        page.keyboard.press("Enter")
        expect(page).to_have_title("trio-test: serving", timeout=30_000)
        shown.lab("stop", "a")
        try:
            began = monotonic()
            page.wait_for_selector("#server-a.unknown >> text=not seen", timeout=2 * LATEST * 1000)
            print(f"on the page after {monotonic() - began:.1f} s")
            assert monotonic() - began < LATEST + 5
            expect(page).to_have_title("trio-test: degraded", timeout=30_000)
        finally:
            shown.lab("start", "a")
        page.wait_for_selector("#server-a.ok", timeout=120_000)
        expect(page).to_have_title("trio-test: serving", timeout=120_000)
