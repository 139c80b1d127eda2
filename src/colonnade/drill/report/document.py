"""A campaign as versioned JSON, for scripts.

Keys stay; new ones may come. `version` changes when one changes its meaning. Times within a run are seconds since its
load began.

- `version` 1; `site` the site's name; `verdict` pass, fail or unknown, of everything
- `drills`: one for each drill
  - `drill` its name; `title` in words; `verdict`; `reasons` why it did not pass, in words
  - `measures`: one for each number: `name`; `unit` (requests, s, ms, writes, reads); `limit` the budget, or null;
    `verdict`; `median`, `min`, `max` over the runs, null where nothing was measured; `values` one for each run
  - `runs`: one for each run
    - `started` UTC, ISO 8601; `seed`; `verdict`; `error` why it crashed, or empty; `doubts` why it proves nothing
    - `schedule` and `injections`: the faults as planned and as made: `server`, `component`, `fault`, `text`,
      `injected` (null: not made), `healed` (null: it undid itself), `reason` why it was not made
    - `findings`: `checker`, `verdict`, `text`, `counts` by name, `examples`
    - `measures`: `name`, `value`, `unit`, `limit`, `verdict`
    - `events`: `at`, `source`, `server`, `text`; `looks`: `at`, `verdict`, `reasons`
    - `operations`: how many there were; they themselves are not here
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from colonnade.drill.outcome import Campaign, Outcome, Series, Spread
from colonnade.drill.report.summary import reasons
from colonnade.drill.verdict import Finding, Measure

VERSION = 1


def as_document(campaign: Campaign) -> dict[str, Any]:
    """Only dictionaries, lists, strings, numbers, booleans and None."""
    return {
        "version": VERSION,
        "site": next((each.site.name for each in campaign.outcomes), None),
        "verdict": str(campaign.verdict),
        "drills": [_drill(each) for each in campaign.series],
    }


def _drill(series: Series) -> dict[str, Any]:
    return {
        "drill": series.drill,
        "title": series.title,
        "verdict": str(series.verdict),
        "reasons": list(reasons(series)),
        "measures": [_spread(each) for each in series.spreads],
        "runs": [_run(each) for each in series.outcomes],
    }


def _spread(spread: Spread) -> dict[str, Any]:
    return {
        "name": spread.name,
        "unit": spread.unit,
        "limit": spread.limit,
        "verdict": str(spread.verdict),
        "median": spread.median,
        "min": min(spread.seen, default=None),
        "max": max(spread.seen, default=None),
        "values": list(spread.values),
    }


def _run(outcome: Outcome) -> dict[str, Any]:
    history = outcome.history
    return {
        "started": outcome.started,
        "seed": outcome.seed,
        "verdict": str(outcome.verdict),
        "error": outcome.error,
        "doubts": list(outcome.doubts),
        "schedule": [asdict(each) for each in outcome.schedule],
        "injections": [asdict(each) for each in history.injections],
        "findings": [_finding(each) for each in outcome.findings],
        "measures": [_measure(each) for each in outcome.measures],
        "events": [asdict(each) for each in history.events],
        "looks": [{"at": e.at, "verdict": e.verdict, "reasons": list(e.reasons)} for e in history.looks],
        "operations": len(history.operations),
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "checker": finding.checker,
        "verdict": str(finding.verdict),
        "text": finding.text,
        "counts": dict(finding.counts),
        "examples": list(finding.examples),
    }


def _measure(measure: Measure) -> dict[str, Any]:
    return {
        "name": measure.name,
        "value": measure.value,
        "unit": measure.unit,
        "limit": measure.limit,
        "verdict": str(measure.verdict),
    }
