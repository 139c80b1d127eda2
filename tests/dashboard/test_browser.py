"""The page in Debian's Chromium: how fast, by keyboard, to a screen reader, on a phone, in the dark, in a storm."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from time import monotonic
from typing import TYPE_CHECKING, Any

import pytest

from tests.dashboard import stories
from tests.dashboard.pages import ARGUMENTS, CHROMIUM, Served, served

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
WIDE = {"viewport": {"width": 1360, "height": 900}}
DARK = {**WIDE, "color_scheme": "dark"}
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "has_touch": True, "is_mobile": True}
# What one look takes to get from the server to the screen, when nothing else uses the machine, is 0.1 s.
SOON = 2.0
# Milliseconds. wait_for_function evaluates a text again and again, which the content security policy forbids.
LOADED = """() => new Promise(found => {
    const look = () => {
        const end = performance.getEntriesByType('navigation')[0].loadEventEnd;
        end > 0 ? found(end) : requestAnimationFrame(look);
    };
    look();
})"""

Open = Callable[..., AbstractContextManager["Page"]]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture
def open_page(browser: Browser) -> Open:
    """A page without errors: whatever the browser complains of fails the test."""

    @contextmanager
    def opened(running: Served, **options: Any) -> Iterator[Page]:
        complaints: list[str] = []
        context = browser.new_context(**{**WIDE, **options})
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(running.url)
        yield page
        assert complaints == []
        context.close()

    return opened


def await_title(page: Page, title: str | re.Pattern[str]) -> None:
    from playwright.sync_api import expect

    expect(page).to_have_title(title)


@pytest.fixture(scope="module")
def calm() -> Iterator[Served]:
    with served(stories.calm()) as running:
        yield running


def test_it_loads_within_a_second_on_loopback(open_page: Open, calm: Served) -> None:
    with open_page(calm) as page:
        assert page.evaluate(LOADED) < 1000
        assert page.title() == "guestbook: serving"


def test_a_lost_server_is_on_the_screen_within_two_seconds(open_page: Open) -> None:
    with served(stories.calm()) as running, open_page(running) as page:
        await_title(page, "guestbook: serving")
        began = monotonic()
        running.show(stories.without(stories.calm(), "web1"))
        page.wait_for_selector("#server-web1.unknown >> text=not seen", timeout=SOON * 1000)
        assert monotonic() - began < SOON
        assert page.locator("[role=status]").inner_text().startswith("Serving, degraded")
        assert page.title() == "guestbook: degraded"
        running.show(stories.calm())
        page.wait_for_selector("#server-web1.ok", timeout=SOON * 1000)


def test_a_server_that_falls_silent_leaves_the_page_grey_and_saying_so(open_page: Open) -> None:
    with served(stories.calm()) as running, open_page(running) as page:
        await_title(page, "guestbook: serving")
        running.hub.events = silence  # type: ignore[method-assign]
        page.reload()
        page.wait_for_selector("html.blind", timeout=8000, state="attached")
        assert "may have changed" in page.locator("#age").inner_text()
        assert "grayscale(1)" in page.evaluate("getComputedStyle(document.querySelector('main')).filter")


async def silence() -> Any:
    """Events that never come."""
    import asyncio

    yield b": begun\n\n"
    await asyncio.sleep(60)


def test_everything_is_reached_with_the_keyboard(open_page: Open, calm: Served) -> None:
    with open_page(calm) as page:
        walked = list(walk(page))
        assert walked[0] == "Skip to the servers"
        servers = [place.name for place in stories.shape().servers]
        reached = [word.partition(":")[0] for word in walked]
        assert [name for name in servers if name not in reached] == []
        assert {"The picture in words", "Table of servers"} <= set(walked)


def walk(page: Page) -> Iterator[str]:
    """What has the focus after each Tab, until the page ends."""
    for _ in range(60):
        page.keyboard.press("Tab")
        name: str = page.evaluate(
            "(e => e === document.body ? '' : e.getAttribute('aria-label') || e.textContent.trim())"
            "(document.activeElement)"
        )
        if not name:
            return
        yield name


def test_a_node_leads_to_its_row_and_what_is_open_stays_open(open_page: Open) -> None:
    with served(stories.calm()) as running, open_page(running) as page:
        page.locator("#ways summary").focus()
        page.keyboard.press("Enter")
        running.show(stories.without(stories.calm(), "web1"))
        page.wait_for_selector("#server-web1.unknown")
        assert page.evaluate("document.activeElement.textContent") == "The picture in words"
        assert page.locator("#ways").get_attribute("open") is not None
        page.locator("svg.wide a[href='#server-db2']").first.focus()
        page.keyboard.press("Enter")
        assert page.evaluate("location.hash") == "#server-db2"
        assert page.locator("#server-db2").is_visible()


@pytest.mark.parametrize("options", [WIDE, DARK, PHONE], ids=["wide", "dark", "phone"])
@pytest.mark.parametrize("story", ["calm", "sick", "blind"])
def test_axe_finds_no_violation(open_page: Open, story: str, options: dict[str, Any]) -> None:
    from axe_playwright_python.sync_playwright import Axe

    look = {"calm": stories.calm, "sick": stories.sick, "blind": stories.blind}[story]()
    with served(look) as running, open_page(running, **options) as page:
        await_title(page, re.compile("^guestbook"))
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("story", ["calm", "sick", "storm"])
def test_nothing_is_wider_than_a_phone(open_page: Open, story: str) -> None:
    look = {"calm": stories.calm, "sick": stories.sick, "storm": stories.storm}[story]()
    with served(look) as running, open_page(running, **PHONE) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert page.locator("svg.narrow").is_visible()
        assert not page.locator("svg.wide").is_visible()


def test_500_alerts_leave_the_page_usable(open_page: Open) -> None:
    with served(stories.calm()) as running, open_page(running) as page:
        await_title(page, "guestbook: serving")
        running.show(stories.storm(500))
        page.wait_for_selector("#alerts >> text=500", timeout=SOON * 1000)
        assert page.locator("#verdict h1").is_visible()
        assert page.evaluate("document.documentElement.scrollHeight") < 6000
        page.locator("#alerts summary").first.click()
        assert page.locator("#alerts details").first.get_attribute("open") is not None


def test_whoever_wants_no_motion_gets_none(open_page: Open, calm: Served) -> None:
    with open_page(calm, reduced_motion="reduce") as page:
        assert page.evaluate("getComputedStyle(document.querySelector('main')).transitionDuration") == "0s"
