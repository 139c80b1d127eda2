"""The JSON: its keys are promised."""

from __future__ import annotations

import json
from typing import Any

from colonnade.drill.outcome import Campaign
from colonnade.drill.report import document
from colonnade.drill.report.document import as_document
from tests.drill import stories


def keys(value: Any) -> set[str]:
    """Every key at any depth, but those that checkers choose for their counts."""
    if isinstance(value, list):
        return set[str]().union(*map(keys, value))
    if not isinstance(value, dict):
        return set()
    return set(value).union(*(keys(each) for key, each in value.items() if key != "counts"))


def test_it_survives_json() -> None:
    seen = as_document(stories.campaign())
    assert json.loads(json.dumps(seen, allow_nan=False)) == seen


def test_every_key_is_documented() -> None:
    told = document.__doc__ or ""
    missing = {key for key in keys(as_document(stories.campaign())) if f"`{key}`" not in told}
    assert not missing


def test_verdicts_and_reasons() -> None:
    seen = as_document(stories.campaign())
    assert (seen["version"], seen["site"], seen["verdict"]) == (1, "guestbook", "fail")
    verdicts = {each["drill"]: each["verdict"] for each in seen["drills"]}
    assert verdicts["postgres-killed"] == "fail"
    assert verdicts["clock-jumped"] == verdicts["etcd-majority-lost"] == "unknown"
    reasons = {each["drill"]: each["reasons"] for each in seen["drills"]}
    assert not reasons["switchover"]
    assert any("2 of" in each for each in reasons["postgres-killed"])


def test_a_fault_that_was_not_made_says_why() -> None:
    (drill,) = as_document(Campaign((stories.clock_jumped(),)))["drills"]
    (run,) = drill["runs"]
    assert run["schedule"][0]["injected"] == 10.0
    assert run["injections"][0]["injected"] is None
    assert run["injections"][0]["reason"] == "no CAP_SYS_TIME in this machine"


def test_spread_over_runs() -> None:
    (drill,) = as_document(stories.repeated(3))["drills"]
    (gap,) = [each for each in drill["measures"] if each["name"] == "longest_write_gap"]
    assert len(gap["values"]) == len(drill["runs"]) == 3
    assert gap["min"] <= gap["median"] <= gap["max"]
    assert (gap["min"], gap["max"]) == (min(gap["values"]), max(gap["values"]))
    assert gap["limit"] == 26


def test_no_run_is_an_unknown() -> None:
    assert as_document(Campaign(())) == {"version": 1, "site": None, "verdict": "unknown", "drills": []}
