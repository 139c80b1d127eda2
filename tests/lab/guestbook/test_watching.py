"""Each kind of server is lost in turn: the page shows it, one mail and one post tell of it, and of its return."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING

import pytest

from colonnade.spec.environment import lab_network
from tests.dashboard.pages import ARGUMENTS, CHROMIUM
from tests.lab.receivers import ALERTS, HTTP, SMTP, Received, receiving
from tests.lab.sites import COMMAND, LabSite

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.lab, pytest.mark.long, pytest.mark.timeout(900)]
LATEST = 2.0

VICTIMS: dict[str, Callable[[LabSite], str]] = {
    "a balancer": lambda site: "lb2",
    "a web server": lambda site: "web1",
    "an app server": lambda site: "app1",
    "the primary": lambda site: site.primary("patroni"),
    "a replica": lambda site: next(n for n in ("db1", "db2", "db3") if n != site.primary("patroni")),
}


@pytest.fixture(scope="module")
def told(guestbook: LabSite) -> Iterator[Received]:
    """A mailbox and a webhook, and a site that knows them."""
    host, spec = lab_network("guestbook-test").gateway, guestbook.spec.read_text()
    guestbook.spec.write_text(spec + ALERTS.format(host=host))
    try:
        with receiving(host, SMTP, HTTP) as received:
            guestbook.run("apply", "-e", "lab", "--yes")
            yield received
    finally:
        guestbook.spec.write_text(spec)
        guestbook.run("apply", "-e", "lab", "--yes")


@contextmanager
def dashboard(site: LabSite) -> Iterator[Page]:
    """The operator's own page, in a browser."""
    from playwright.sync_api import expect, sync_playwright

    words = [COMMAND, "dashboard", "-e", "lab", "--no-browser"]
    with (
        sync_playwright() as playwright,
        subprocess.Popen(words, cwd=site.spec.parent, stdout=subprocess.PIPE, text=True) as command,
    ):
        assert command.stdout
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        try:
            page = browser.new_page()
            page.goto(command.stdout.readline().strip())
            # Not by a script of our own: the page allows none.
            expect(page).to_have_title("guestbook-test: serving", timeout=30_000)
            yield page
        finally:
            browser.close()
            command.terminate()


@pytest.mark.parametrize("what", VICTIMS)
def test_a_lost_server_is_seen_and_told_once_and_so_is_its_return(
    guestbook: LabSite, told: Received, what: str
) -> None:
    guestbook.await_verdict()
    victim = VICTIMS[what](guestbook)
    told.mails.clear()
    told.posts.clear()
    with dashboard(guestbook) as page:
        guestbook.lab("stop", victim)
        began = monotonic()
        page.wait_for_selector(f"#server-{victim}.unknown >> text=not seen", timeout=LATEST * 1000)
        print(f"{what}, {victim}: on the page after {monotonic() - began:.1f} s")
        told.await_all(lambda seen: bool(seen.mails and seen.posts), 180)
        guestbook.lab("start", victim)
        page.wait_for_selector(f"#server-{victim}.ok", timeout=120_000)
    guestbook.await_verdict()
    told.await_all(lambda seen: len(seen.mails) > 1 and len(seen.posts) > 1, 400)
    lost, back = told.subjects()
    assert lost == f"[guestbook-test] {victim} is lost"
    # What came back within the last quarter of an hour may be named with it.
    assert back.startswith("[guestbook-test] over: ") and f"{victim} is lost" in back
    assert told.alerts("firing") == [("ServerDown", victim)]
    assert told.alerts("resolved").count(("ServerDown", victim)) == 1
    assert "The site serves." in told.text_of(f"[guestbook-test] {victim} is lost")
