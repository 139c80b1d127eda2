"""What the terminal shows, to the letter."""

from __future__ import annotations

from dataclasses import replace

from colonnade.drill.history import History, Injection
from colonnade.drill.outcome import Campaign, Outcome
from colonnade.drill.report.text import as_text
from colonnade.drill.verdict import Finding, Measure, Verdict
from tests.sites import example

KILLED = Injection("db1", "patroni", "kill", "SIGKILL to PostgreSQL's first process", 8.0, None)
HTTP = Finding("http", Verdict.PASS, "3 of 1,200 requests failed", {"failed": 3}, ("GET / of c3 at 8.1 to 8.2 s: 503",))
KEPT = Finding("ledger", Verdict.PASS, "400 acknowledged entries in 3 places, none lost", {"lost": 0})


def run(seed: int, gap: float | None, lost: float = 0) -> Outcome:
    gone = replace(KEPT, verdict=Verdict.FAIL, text="1 of 400 acknowledged entries lost", examples=("entry 7",))
    measures = (
        Measure("requests", 1200, "requests"),
        Measure("failed_requests", 3, "requests"),
        Measure("failed_gets", 0, "requests"),
        Measure("longest_gap", gap, "s", 3),
        Measure("recovered", 2.25, "s"),
        Measure("lost", lost, "writes", 0),
        Measure("p99_before", 12.0, "ms"),
        Measure("p99_during", None, "ms"),
        Measure("p99_after", 9.04, "ms"),
    )
    title = "the primary's PostgreSQL is killed"
    found, history = (HTTP, gone if lost else KEPT), History((), (KILLED,))
    return Outcome(example("guestbook"), "postgres-killed", title, seed, (KILLED,), history, found, measures, "")


ONE = """\
guestbook: the drill passed
  ✓ postgres-killed          passed

✓ postgres-killed: the primary's PostgreSQL is killed
    db1: SIGKILL to PostgreSQL's first process; seed 1
    requests                             1,200
    failed requests                      3
  ✓ longest gap                          2.5 s            at most 3 s
    time to recover                      2.25 s
  ✓ lost writes                          0                at most 0
    p99 before / during / after          12 / ? / 9.04 ms
    http: 3 of 1,200 requests failed
      GET / of c3 at 8.1 to 8.2 s: 503
  ✓ ledger: 400 acknowledged entries in 3 places, none lost"""

THREE = """\
guestbook: the drill failed
  ✗ postgres-killed          failed
      ledger: 1 of 400 acknowledged entries lost
      lost writes: 1, at most 0
      longest gap: not measured in 1 of 3 runs

✗ postgres-killed: the primary's PostgreSQL is killed
    db1: SIGKILL to PostgreSQL's first process; 3 runs, seeds 1, 2, 3
    requests                             1,200                                 1,200 in 3 runs
    failed requests                      3                                     3 in 3 runs
  ? longest gap                          2 s              at most 3 s          1.5 to 2.5 s in 2 of 3 runs
    time to recover                      2.25 s                                2.25 s in 3 runs
  ✗ lost writes                          1                at most 0            0 to 1 in 3 runs
    p99 before / during / after          12 / ? / 9.04 ms
  ✓ ledger: passed in 2 of 3 runs
    http: 3 of 1,200 requests failed
      GET / of c3 at 8.1 to 8.2 s: 503
  ✗ ledger: 1 of 400 acknowledged entries lost
      entry 7"""

NONE = """\
guestbook: the drill proved nothing: its verdict is unknown
  ? postgres-killed          unknown
      the drill ended early: db2: no answer in 10 s
      not reached: db1: SIGKILL to PostgreSQL's first process

? postgres-killed: the primary's PostgreSQL is killed
    db1: SIGKILL to PostgreSQL's first process; seed 1
  ? the drill ended early: db2: no answer in 10 s
  ? not reached: db1: SIGKILL to PostgreSQL's first process"""


def test_one_run() -> None:
    assert as_text(Campaign((run(1, 2.5),))) == ONE


def test_several_runs_with_their_spread() -> None:
    assert as_text(Campaign((run(1, 2.5), run(2, 1.5), run(3, None, lost=1)))) == THREE


def test_a_crash() -> None:
    crashed = replace(run(1, 1), history=History(()), findings=(), measures=(), error="db2: no answer in 10 s")
    assert as_text(Campaign((crashed,))) == NONE


def test_nothing_at_all() -> None:
    assert as_text(Campaign(())) == "nothing was drilled"


def test_what_a_daemon_logs_does_not_drive_the_terminal() -> None:
    shouting = replace(run(1, 1), error="\x1b[2Jgone")
    assert "\x1b" not in as_text(Campaign((shouting,)))
