"""Histories as the lab gives them, made up from a seed: what passes, what fails, what proves nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from random import Random

from colonnade.drill.budget import measures, named
from colonnade.drill.history import Event, History, Injection, Look, Operation, Result
from colonnade.drill.measure import numbers
from colonnade.drill.outcome import Campaign, Outcome
from colonnade.drill.verdict import Finding, Verdict
from tests.sites import example

FAULT = 10.0
STARTED = "2026-03-01T09:30:00+00:00"
ADDRESSES = ("203.0.113.10", "203.0.113.11")
# Milliseconds of a quiet site: the median of reads through the whole way, of writes with a quorum commit.
READ, WRITE = 4.0, 11.0


@dataclass(frozen=True)
class Plot:
    """What a load meets: writes wait from `FAULT` on for `stall` seconds, reads for `read_stall`."""

    seed: int
    seconds: float = 60.0
    rate: float = 120.0
    """Operations a second; every sixth is a POST, every sixth an entry of the ledger."""
    stall: float = 0.0
    read_stall: float = 0.0
    fails: float = 0.0
    """The share of what meets the stall that ends with an error; what is in flight at the fault always does."""


def operations(plot: Plot) -> tuple[Operation, ...]:
    made = [_operation(plot, Random(f"{plot.seed}/{n}"), n) for n in range(int(plot.seconds * plot.rate))]
    return tuple(sorted(made, key=lambda each: each.ended))


def _operation(plot: Plot, chance: Random, number: int) -> Operation:
    due = number / plot.rate
    kind = ("http.get", "http.get", "http.post", "http.get", "http.get", "ledger.add")[number % 6]
    usual = (READ if kind == "http.get" else WRITE) / 1000 * chance.lognormvariate(0, 0.45)
    usual *= 40 if chance.random() < 0.002 else 1
    until = FAULT + (plot.read_stall if kind == "http.get" else plot.stall)
    caught = due <= FAULT <= due + usual and until > FAULT
    waits = max(until - due, 0) + chance.expovariate(20) if FAULT <= due < until else 0.0
    failed = caught or (waits > 0 and chance.random() < plot.fails)
    # An error comes at once or after the time-out, whichever the proxy knows.
    wait = chance.choice((0.003, 0.2, 5.0)) if failed and waits else waits
    key = f"e{number}" if kind == "ledger.add" else ADDRESSES[number % 2]
    result = Result.OK if not failed else Result.UNKNOWN if kind == "ledger.add" else Result.FAIL
    detail = "" if kind == "ledger.add" else "503" if failed else "200"
    return Operation(f"c{number % 24}", kind, key, None, due, due, due + usual + wait, result, detail)


def fault(component: str, name: str, server: str, text: str, hold: float = 0.0) -> Injection:
    return Injection(server, component, name, text, FAULT, FAULT + hold if hold else None)


def ledger(history: History, lost: int = 0) -> Finding:
    acknowledged = sum(each.result is Result.OK for each in history.of("ledger"))
    gone = f"{lost:,} of {acknowledged:,} acknowledged entries lost: {lost:,} not on primary db2"
    kept = f"{acknowledged:,} acknowledged entries in 3 places, none lost"
    examples = tuple(f"entry e{1205 + 6 * n}, acknowledged to c{5 + n} at 9.9{n}1 to 9.9{n}9 s" for n in range(lost))
    verdict = Verdict.FAIL if lost else Verdict.PASS
    return Finding("ledger", verdict, gone if lost else kept, {"checked": acknowledged, "lost": lost}, examples)


SESSION = Finding("session", Verdict.PASS, "1,180 reads in 24 sessions, none stale", {"checked": 1180, "stale": 0})


def told(
    drill: str, title: str, budget: str, seed: int, history: History, *, lost: int = 0, site: str = "guestbook"
) -> Outcome:
    found = (ledger(history, lost), SESSION)
    judged = measures(named(budget), numbers(history, found))
    return Outcome(example(site), drill, title, seed, history.injections, history, found, judged, STARTED)


def looks(bad: float, weak: float, seconds: float = 60.0) -> tuple[Look, ...]:
    """A look each two seconds: down for `bad` seconds after the fault, then degraded for `weak`."""
    return tuple(_look(at / 1, bad, weak) for at in range(0, int(seconds), 2))


def _look(at: float, bad: float, weak: float) -> Look:
    if not FAULT <= at < FAULT + bad + weak:
        return Look(at, "serving")
    if at < FAULT + bad:
        return Look(at, "down", ("database: no primary",))
    return Look(at, "degraded", ("database: 2 of 3 well, can lose 1 more",))


@cache
def switchover(seed: int = 1) -> Outcome:
    stall = 0.9 + Random(seed).random() * 0.6
    events = (
        Event(FAULT + 0.1, "patroni", "db1", "hands over"),
        Event(FAULT + 0.4, "postgresql", "db1", "database system is shut down"),
        Event(FAULT + stall - 0.3, "patroni", "db2", "promoted itself"),
        Event(FAULT + stall - 0.1, "haproxy", "app1", "primary/db2 UP"),
    )
    broken = (fault("patroni", "switchover", "db1", "the primary hands over"),)
    load = tuple(each for each in operations(Plot(seed, 40, stall=stall)))
    held = tuple(replace(each, result=Result.OK, detail="200") for each in load)
    history = History(held, broken, events, looks(0, 4, 40))
    return told("switchover", "the primary hands over, as planned", "switchover", seed, history)


@cache
def primary_lost(seed: int = 2, stall: float = 22.0, rate: float = 120.0) -> Outcome:
    broken = (fault("server", "lose", "db1", "its power is cut", 35),)
    history = History(
        operations(Plot(seed, 75, rate, stall, read_stall=0.4)), broken, tuple(_lost(stall)), looks(stall, 20, 75)
    )
    return told("primary-lost", "the primary's server is lost", "primary-lost", seed, history)


def _lost(stall: float) -> Iterator[Event]:
    yield Event(FAULT + 0.6, "haproxy", "app1", "primary/db1 DOWN")
    yield Event(FAULT + 0.7, "haproxy", "app2", "primary/db1 DOWN")
    yield Event(FAULT + 1.1, "etcd", "db2", "lost a peer")
    yield Event(FAULT + 1.2, "etcd", "db3", "lost a peer")
    yield Event(FAULT + 2.9, "sentinel", "db2", "+sdown")
    yield Event(FAULT + 3.3, "sentinel", "db3", "+odown")
    yield Event(FAULT + 4.1, "sentinel", "db3", "switches from 10.0.0.41 to 10.0.0.43")
    yield Event(FAULT + stall - 2.2, "patroni", "db2", "lost the lease")
    yield Event(FAULT + stall - 1.0, "patroni", "db2", "promoted itself")
    yield Event(FAULT + stall - 0.4, "postgresql", "db2", "timeline 2")
    yield Event(FAULT + stall - 0.2, "haproxy", "app1", "primary/db2 UP")
    yield Event(FAULT + 35, "drill", "db1", "the server is started again")
    yield Event(FAULT + 39, "etcd", "db1", "leads, term 3")
    yield Event(FAULT + 41, "patroni", "db1", "rewinds")


@cache
def primary_killed(seed: int = 3, lost: int = 2, stall: float = 7.4) -> Outcome:
    """Fails: two acknowledged entries are gone, the gap is too long, and requests failed that were not in flight."""
    events = (
        Event(FAULT + 0.1, "postgresql", "db1", "a process ended by signal 9"),
        Event(FAULT + 1.0, "patroni", "db1", "PostgreSQL restarts"),
        Event(FAULT + 1.3, "etcd", "db3", "leads, term 4"),
        Event(FAULT + 6.0, "patroni", "db2", "promoted itself"),
        Event(FAULT + 7.2, "haproxy", "app2", "primary/db2 UP"),
    )
    broken = (fault("patroni", "kill", "db1", "SIGKILL to PostgreSQL's first process"),)
    history = History(operations(Plot(seed, 45, stall=stall, fails=0.3)), broken, events, looks(8, 6, 45))
    title = "the primary's PostgreSQL is killed"
    return told("postgres-killed", title, "primary-killed", seed, history, lost=lost)


@cache
def balancer_lost(seed: int = 6) -> Outcome:
    events = (
        Event(FAULT + 0.31, "keepalived", "lb2", "vip1 enters MASTER"),
        Event(FAULT + 13, "keepalived", "lb1", "vip1 enters BACKUP"),
    )
    broken = (fault("server", "lose", "lb1", "its power is cut", 10),)
    load = operations(Plot(seed, 40, stall=0.32, read_stall=0.32))
    history = History(load, broken, events, looks(0, 14, 40))
    return told("balancer-lost", "a balancer that holds an address is lost", "balancer-lost", seed, history)


@cache
def clock_jumped(seed: int = 4) -> Outcome:
    """Nothing was broken: this kernel cannot do it."""
    plan = fault("base", "jump-clock", "db1", "the clock is set an hour ahead", 10)
    broken = (replace(plan, injected=None, healed=None, reason="no CAP_SYS_TIME in this machine"),)
    history = History(operations(Plot(seed, 20)), broken, (), looks(0, 0, 20))
    title = "the primary's clock is an hour ahead"
    return replace(told("clock-jumped", title, "server-lost", seed, history), schedule=(plan,))


@cache
def crashed(seed: int = 5) -> Outcome:
    """Ended before anything was broken."""
    plan = fault("etcd", "stop", "db2", "etcd is stopped", 20)
    return Outcome(
        example("guestbook"), "etcd-majority-lost", "etcd loses its majority, and regains it", seed,
        (plan, replace(plan, server="db3")), History(()), (), (), STARTED, "db2: no answer in 10 s",
    )  # fmt: skip


@cache
def campaign() -> Campaign:
    """One of each kind."""
    return Campaign((switchover(), primary_lost(), primary_killed(), balancer_lost(), clock_jumped(), crashed()))


@cache
def repeated(runs: int = 10) -> Campaign:
    """The same drill many times: all within the budget, but for one run in ten."""
    return Campaign(tuple(primary_lost(seed, 20.5 + 5.9 * Random(seed).random(), 40) for seed in range(runs)))
