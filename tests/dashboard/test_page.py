"""The page as text: what it says, what it must not, and how large it gets."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from colonnade.dashboard.charts import ceiling, charts
from colonnade.dashboard.page import PAGE, PARTS, parts, whole
from colonnade.dashboard.snapshot import Alert, Event, Look, Snapshot, Way
from colonnade.model.observation import Status
from tests.dashboard import stories
from tests.drill.report.page import parse
from tests.readings import spoiled
from tests.sites import NAMES

NASTY = """<b>&"'</td></script><script>alert(1)</script>\x1b[31m\x00{{ 7 * 7 }}"""
LOOKS = {"calm": stories.calm, "sick": stories.sick, "storm": stories.storm, "blind": stories.blind}


@pytest.fixture(params=LOOKS)
def snap(request: pytest.FixtureRequest) -> Snapshot:
    return stories.seen(LOOKS[request.param]())


def test_every_part_is_well_formed_and_its_ids_are_unique(snap: Snapshot) -> None:
    made = parts(snap)
    assert tuple(made) == PARTS
    for html in made.values():
        parse(f"<part>{html}</part>")
    ids = re.findall(r'\bid="([^"]+)"', "".join(made.values()))
    assert len(ids) == len(set(ids))


def test_it_asks_for_nothing_from_elsewhere_and_styles_nothing_inline(snap: Snapshot) -> None:
    document = whole(snap, "guestbook")
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:|<iframe|@import", document)
    assert set(re.findall(r'(?:src|<link[^>]+href)="([^"]+)"', document)) == {"data:,", "dashboard.css", "dashboard.js"}
    # Two assets, no import: what the page runs is what stands here.
    assert "import " not in (PAGE / "dashboard.js").read_text()


def test_every_link_of_the_picture_leads_to_a_row(snap: Snapshot) -> None:
    made = parts(snap)
    targets = set(re.findall(r'href="#(server-[^"]+)"', made["picture"]))
    assert targets
    assert targets <= set(re.findall(r'id="([^"]+)"', made["servers"]))


@pytest.mark.parametrize("name", NAMES)
def test_every_example_has_a_page(name: str) -> None:
    made = parts(stories.seen(stories.calm(name), name))
    assert "Serving" in made["verdict"]


def test_nobody_seen_is_grey_everywhere() -> None:
    made = parts(stories.seen(stories.blind()))
    told = "".join(made[name] for name in ("verdict", "servers"))
    assert "Unknown" in made["verdict"]
    assert not re.search(r'class="(state )?ok"|#pass|can lose', told)
    assert not re.search(r'class="node ok"', made["picture"])
    assert "no monitor could be asked" in made["alerts"]


def test_a_lost_server_is_not_seen_in_words_shape_and_class() -> None:
    made = parts(stories.seen(stories.without(stories.calm(), "web1")))
    row = made["servers"][made["servers"].index('id="server-web1"') :].partition("</tr>")[0]
    assert 'class="unknown"' in row
    assert "not seen" in row
    assert "#unseen" in row
    assert re.search(r'class="node unknown"[^>]*href="#server-web1"', made["picture"])
    assert "can lose <strong>0</strong> more" in made["verdict"]


def test_what_others_wrote_is_text_and_nothing_else() -> None:
    look = stories.calm()
    readings = spoiled(dict(look.readings), "web1", "nginx", Status.DOWN, NASTY)
    snap = stories.seen(
        replace(
            look,
            readings=readings,
            ways=(Way("lb:lb1", "web:web1", text=NASTY),),
            alerts=(Alert(NASTY, NASTY, NASTY, stories.NOON, NASTY, "https://x/"), Alert("b", "x", "y", 1.0)),
            events=(Event(stories.NOON - 1, "deploy", NASTY),),
        )
    )
    document = whole(snap, NASTY)
    assert "<script>alert" not in document
    assert '<b>&"' not in document
    assert "{{ 7" in document
    assert "\x1b" not in document


@pytest.mark.parametrize("runbook", ["javascript:alert(1)", "data:text/html,x", "//evil"])
def test_a_runbook_is_only_linked_over_http(runbook: str) -> None:
    made = parts(stories.seen(replace(stories.calm(), alerts=(Alert("A", "critical", "s", 1.0, "", runbook),))))
    assert "<a " not in made["alerts"]


def test_a_storm_of_500_alerts_fits_on_a_page() -> None:
    made = parts(stories.seen(stories.storm(500)))
    assert len(made["alerts"]) < 60_000
    assert made["alerts"].count("<li") < 200
    assert ">500<" in made["alerts"]


def test_500_different_alerts_are_counted_after_the_worst() -> None:
    look = replace(stories.calm(), alerts=tuple(Alert(f"A{n}", "warning", "s", n) for n in range(500)))
    assert "And 480 more kinds of alert." in parts(stories.seen(look))["alerts"]


def hole(look: Look) -> Look:
    return replace(look, flow=tuple(p for p in look.flow if not 300 < stories.NOON - p.at < 400))


def test_where_nobody_measured_the_line_has_a_hole() -> None:
    def strokes(look: Look) -> int:
        return str(charts(stories.seen(look))[0].svg).count("M")

    assert strokes(hole(stories.calm())) == strokes(stories.calm()) + 1


def test_old_numbers_are_not_shown_as_those_of_now() -> None:
    look = stories.calm()
    late = replace(look, flow=tuple(replace(point, at=point.at - 120) for point in look.flow))
    assert [chart.now for chart in charts(stories.seen(late))] == ["unknown"] * 3


@pytest.mark.parametrize(("value", "top"), [(0, 1), (0.003, 0.005), (1, 1), (1.1, 2), (142, 200), (5001, 10_000)])
def test_scales_are_round(value: float, top: float) -> None:
    assert ceiling(value) == pytest.approx(top)
