"""One file that is read by eye, by ear, on paper and without a network."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from xml.etree.ElementTree import Element

import pytest

from colonnade.drill.budget import BUDGETS
from colonnade.drill.history import Event, Injection, Look, Operation
from colonnade.drill.outcome import Campaign, Outcome
from colonnade.drill.report.html import as_html, worst_run
from colonnade.drill.verdict import Finding, Verdict
from tests.drill import stories
from tests.drill.report.page import ancestors, page, parents, parse, tables, words_of

CAMPAIGNS: dict[str, Callable[[], Campaign]] = {
    "each": stories.campaign,
    "repeated": lambda: stories.repeated(4),
    "none": lambda: Campaign(()),
}
NASTY = """<b>&"'</td></script><script>alert(1)</script>\x1b[31m\x00{{ 7 * 7 }}"""


@pytest.fixture(scope="module", params=CAMPAIGNS)
def html(request: pytest.FixtureRequest) -> str:
    return as_html(CAMPAIGNS[request.param]())


@pytest.fixture
def tree(html: str) -> Element:
    return parse(html)


def test_a_strict_parser_reads_it(html: str, tree: Element) -> None:
    assert tree.get("lang") == "en"
    assert html.startswith("<!DOCTYPE html>\n<html lang")


def test_it_asks_for_nothing_from_anywhere(html: str, tree: Element) -> None:
    assert not re.search(r"https?:|//|url\(|@import|<script|<link|<img|<iframe|\bsrc=|\son\w+=", html)
    links = {each.get("href", "") for each in tree.iter() if each.get("href") is not None}
    assert all(link.startswith("#") for link in links)
    assert "default-src 'none'" in html


def test_ids_are_unique_and_everything_that_is_named_is_there(tree: Element) -> None:
    ids = [each.get("id") for each in tree.iter() if each.get("id")]
    assert len(ids) == len(set(ids))
    for each in tree.iter():
        for name in ("aria-labelledby", "aria-describedby"):
            assert each.get(name) is None or each.get(name) in ids
        assert (each.get("href") or "#")[1:] in ["", *ids]


def test_headings_captions_and_scopes(tree: Element) -> None:
    levels = [int(each.tag[1]) for each in tree.iter() if re.fullmatch("h[1-6]", each.tag)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert all(words_of(each)[:1] for table in tree.iter("table") for each in table.findall("caption"))
    assert all(len(table.findall("caption")) == 1 for table in tree.iter("table"))
    assert all(each.get("scope") for each in tree.iter("th"))


def test_every_picture_has_words_or_is_hidden(tree: Element) -> None:
    up = parents(tree)
    for svg in tree.iter("svg"):
        outer = [svg, *(each for each in ancestors(svg, up) if each.tag == "svg")][-1]
        if outer.get("aria-hidden") != "true":
            assert outer.get("role") == "img"
            assert all(words_of(outer.findall(tag)[0]) for tag in ("title", "desc"))


def test_verdicts_are_told_by_word_and_shape() -> None:
    tree = page(stories.campaign())
    told = [each for each in tree.iter("span") if (each.get("class") or "").startswith("verdict")]
    assert {words_of(each) for each in told} == {"pass", "fail", "unknown"}
    for each in told:
        (use,) = each.iter("use")
        assert use.get("href") == f"#{words_of(each)}"


def test_only_what_html_itself_leaves_empty_is_closed_at_once() -> None:
    """`<td />` is one element to XML and an open one to HTML."""
    shapes = {"circle", "g", "line", "path", "rect", "use"}
    assert set(re.findall(r"<(\w+)[^<>]*/>", as_html(stories.campaign()))) <= {"meta", *shapes}


def test_the_verdict_stands_on_top_and_every_drill_in_the_summary() -> None:
    tree = page(stories.campaign())
    assert words_of(next(tree.iter("h1"))) == "6 drills: 1 failed, 2 unknown, 3 passed"
    (summary,) = tables(tree, "Each drill")
    rows = {row[0]: row[1:] for row in summary[1:]}
    assert rows["The primary hands over, as planned"] == [
        "pass",
        "0 at most 0",
        "0.976 s in writes, at most 2 s",
        "0 at most 0",
    ]
    (killed,) = [
        row for name, row in rows.items() if name.startswith("The primary's PostgreSQL is killed Ledger: 2 of")
    ]
    assert killed[0] == "fail"
    crashed = "etcd loses its majority, and regains it The drill ended early: db2: no answer in 10 s, and 2 more"
    assert rows[crashed] == ["unknown", "not measured", "not measured", "not measured"]


def test_in_flight_is_explained_with_the_time_that_the_budgets_allow() -> None:
    longest = max(BUDGETS, key=lambda budget: budget.window)
    assert longest.name == "balancer-deaf"
    assert f"within {longest.window:g} s where a balancer hears nothing" in words_of(page(Campaign(())))


def test_a_drill_that_proves_nothing_shows_no_success_in_the_summary() -> None:
    tree = page(Campaign((stories.clock_jumped(),)))
    summary = next(tree.iter("table"))
    assert {use.get("href") for use in summary.iter("use")} == {"#unknown"}


def test_of_several_runs_the_spread_is_shown_and_the_worst_is_drawn() -> None:
    runs = stories.repeated(4)
    tree = page(runs)
    (series,) = runs.series
    longest = max(
        each.value or 0 for run in series.outcomes for each in run.measures if each.name == "longest_write_gap"
    )
    assert any(each.name == "longest_write_gap" and each.value == longest for each in worst_run(series).measures)
    (judged,) = tables(tree, "Against the budget")
    assert any("in 4 runs" in cell for row in judged for cell in row)
    (every,) = tables(tree, "Runs")
    assert len(every) == 5


def test_a_bad_run_is_drawn_rather_than_a_slow_one() -> None:
    slow, bad = stories.primary_lost(1, stall=25), replace(stories.primary_lost(2, stall=5), error="crashed")
    assert worst_run(Campaign((slow, bad, slow)).series[0]) is bad


def nasty() -> Outcome:
    """Every word that comes from outside is hostile."""
    good = stories.primary_lost()
    site = replace(good.site, name=NASTY, servers=tuple(replace(each, name=NASTY) for each in good.site.servers))
    broken = (
        Injection(NASTY, "server", NASTY, NASTY, 10.0, 20.0),
        Injection(NASTY, NASTY, NASTY, NASTY, None, None, NASTY),
    )
    history = replace(
        good.history,
        injections=broken,
        events=(Event(11, "patroni", NASTY, NASTY), Event(12, NASTY, NASTY, NASTY)),
        looks=(Look(0, "serving"), Look(11, NASTY, (NASTY,))),
    )
    found = (Finding(NASTY, Verdict.FAIL, NASTY, {NASTY: 1}, (NASTY,)),)
    return replace(
        good, site=site, drill=NASTY, title=NASTY, history=history, findings=found, error=NASTY, started=NASTY
    )


def test_nothing_that_is_called_or_logged_becomes_part_of_the_page() -> None:
    tree = page(Campaign((nasty(),)))
    assert not list(tree.iter("b")) or all(each.text != "&" for each in tree.iter("b"))
    assert not list(tree.iter("script"))
    told = words_of(tree)
    assert "\x1b" not in told and "\x00" not in told
    # Shown as it is, not obeyed: neither as HTML nor as a template.
    assert """<b>&"'</td></script><script>alert(1)</script>\ufffd[31m\ufffd{{ 7 * 7 }}""" in told


def test_what_is_drawn_is_told_in_tables() -> None:
    run = stories.primary_killed()
    tree = page(Campaign((run,)))
    for caption, kinds in (("Reads", ("http.get",)), ("Writes", ("http.post", "ledger.add"))):
        (told,) = tables(tree, caption)
        asked = sum(each.kind in kinds for each in run.history.operations)
        assert sum(int(row[1]) + int(row[2]) for row in told[1:]) == asked
        assert len(told) < 60
    (events,) = tables(tree, "What the daemons said")
    assert [row[1:] for row in events[1:]] == [[e.source, e.server, e.text] for e in run.history.events]
    (status,) = tables(tree, "Status of the site")
    assert [row[1] for row in status[1:]] == ["serving", "down", "degraded", "serving"]
    (faults,) = tables(tree, "Faults")
    assert faults[1] == ["db1", "patroni, kill: SIGKILL to PostgreSQL's first process", "10", "by itself"]
    (servers,) = tables(tree, "Servers")
    assert ["Database: PostgreSQL", "db1, db2, db3", "db1"] in servers
    assert ["Cache: Valkey", "db1, db2, db3", "none"] in servers


def test_faults_one_after_another_are_not_shown_as_one_loss() -> None:
    run = stories.primary_lost()
    first, at_once, later = run.history.injections[0], 10.0, 30.0
    for at, told in ((at_once, False), (later, True)):
        both = replace(run.history, injections=(first, replace(first, server="app1", injected=at, healed=None)))
        assert ("not all at the same time" in as_html(Campaign((replace(run, history=both),)))) is told


def test_thirty_thousand_operations_stay_small_and_quick() -> None:
    run = stories.primary_lost(rate=30_000 / 75)
    assert len(run.history.operations) == 30_000
    began = time.process_time()
    size = len(as_html(Campaign((run,))).encode())
    assert size < 200_000
    assert time.process_time() - began < 3


def test_a_load_of_one_operation_or_none_can_be_drawn() -> None:
    run = stories.switchover()
    first: tuple[Operation, ...] = run.history.operations[:1]
    for some in ((), first):
        page(Campaign((replace(run, history=replace(run.history, operations=some)),)))
