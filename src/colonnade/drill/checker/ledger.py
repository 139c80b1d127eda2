"""Ledger: was every acknowledged entry kept, and did no failed one come in?

Each `ledger.add` has an id of its own as key. After the site has healed the ledger is read whole, in each place where
it is kept. Jepsen's `set` checker.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from colonnade.drill.checker.words import EXAMPLES, amount, results, undecided, who
from colonnade.drill.history import History, Operation, Result
from colonnade.drill.verdict import Finding, Verdict

Ids = frozenset[str]
Final = Mapping[str, Ids]


@dataclass(frozen=True, slots=True)
class Ledger:
    """What the clients know of each id, and where it was found."""

    acknowledged: Ids
    failed: Ids
    unknown: Ids
    anywhere: Ids
    everywhere: Ids

    @property
    def lost(self) -> Ids:
        return self.acknowledged - self.everywhere

    @property
    def phantom(self) -> Ids:
        return self.failed & self.anywhere

    @property
    def unexpected(self) -> Ids:
        return self.anywhere - self.acknowledged - self.failed - self.unknown

    @property
    def diverged(self) -> Ids:
        """Places need not have an unknown entry, but they must agree on it."""
        return self.unknown & (self.anywhere - self.everywhere)


def check(history: History, final: Final) -> Finding:
    """`final` maps a place (`primary db1`, `replica db2`) to the ids found there.

    lost: acknowledged, and missing in at least one place. phantom: failed, and there. unexpected: there, and nobody
    sent it. diverged: of unknown result, and not the same in all places; either it was read before the site had
    healed or the copies differ, so the verdict is unknown.
    """
    adds = history.of("ledger")
    if not adds:
        return undecided("ledger")
    if not final:
        return undecided("ledger", "nothing was checked: the ledger was not read at the end", results(adds))
    ledger = _ledger(adds, final)
    return Finding("ledger", _verdict(ledger), _text(ledger, final), _counts(ledger), _examples(ledger, adds, final))


def _ledger(adds: Sequence[Operation], final: Final) -> Ledger:
    """An id that was sent again has the best result of its attempts."""
    ids = {result: frozenset(each.key for each in adds if each.result is result) for result in Result}
    acknowledged = ids[Result.OK]
    unknown = ids[Result.UNKNOWN] - acknowledged
    places = list(final.values())
    return Ledger(
        acknowledged=acknowledged,
        failed=ids[Result.FAIL] - acknowledged - unknown,
        unknown=unknown,
        anywhere=frozenset[str]().union(*places),
        everywhere=places[0].intersection(*places[1:]),
    )


def _verdict(ledger: Ledger) -> Verdict:
    if ledger.lost or ledger.phantom or ledger.unexpected:
        return Verdict.FAIL
    return Verdict.PASS if ledger.acknowledged and not ledger.diverged else Verdict.UNKNOWN


def _text(ledger: Ledger, final: Final) -> str:
    acknowledged = amount(len(ledger.acknowledged), "acknowledged entry", "acknowledged entries")
    parts = {
        f"{len(ledger.lost):,} of {acknowledged} lost: {_from(ledger.lost, final)}": ledger.lost,
        f"{len(ledger.phantom):,} phantom: failed, and there": ledger.phantom,
        f"{len(ledger.unexpected):,} unexpected: there, and nobody sent it": ledger.unexpected,
        f"{len(ledger.diverged):,} diverged: of unknown result, and not the same in all places": ledger.diverged,
    }
    if told := "; ".join(text for text, ids in parts.items() if ids):
        return told
    if not ledger.acknowledged:
        return "nothing was checked: no entry was acknowledged"
    return f"{acknowledged} in {amount(len(final), 'place')}, none lost"


def _from(lost: Ids, final: Final) -> str:
    gone = {place: len(lost - ids) for place, ids in sorted(final.items())}
    return ", ".join(f"{count:,} not on {place}" for place, count in gone.items() if count)


def _counts(ledger: Ledger) -> dict[str, int]:
    return {
        "checked": len(ledger.acknowledged),
        "lost": len(ledger.lost),
        "phantom": len(ledger.phantom),
        "unexpected": len(ledger.unexpected),
        "diverged": len(ledger.diverged),
        "failed": len(ledger.failed),
        "unknown": len(ledger.unknown),
        "unknown_there": len(ledger.unknown & ledger.anywhere),
        "unknown_gone": len(ledger.unknown - ledger.anywhere),
    }


def _examples(ledger: Ledger, adds: Sequence[Operation], final: Final) -> tuple[str, ...]:
    sent = {each.key: each for each in sorted(adds, key=lambda each: each.result is Result.OK)}
    return (
        *(f"{_entry(sent[each])}, lost: not on {_without(each, final)}" for each in _few(ledger.lost)),
        *(f"{_entry(sent[each])}, phantom: on {_with(each, final)}" for each in _few(ledger.phantom)),
        *(f"entry {each}, sent by nobody: on {_with(each, final)}" for each in _few(ledger.unexpected)),
        *(f"{_entry(sent[each])}, diverged: not on {_without(each, final)}" for each in _few(ledger.diverged)),
    )


def _few(ids: Ids) -> list[str]:
    return sorted(ids)[:EXAMPLES]


def _entry(add: Operation) -> str:
    said = {Result.OK: "acknowledged to", Result.FAIL: "failed for", Result.UNKNOWN: "unknown to"}
    return f"entry {add.key}, {said[add.result]} {who(add)}"


def _with(key: str, final: Final) -> str:
    return ", ".join(place for place, ids in sorted(final.items()) if key in ids)


def _without(key: str, final: Final) -> str:
    return ", ".join(place for place, ids in sorted(final.items()) if key not in ids)
