"""Register: each key behaves as one copy that is read and written at once, somewhere between start and end.

Linearizability (Herlihy & Wing 1990), key by key, as in Knossos and Porcupine. Starts as None.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from math import inf

from colonnade.drill.checker.linearizable import Answer, Outcome, Step, search
from colonnade.drill.checker.register_reads import may_happen, shows, told, value, wrong_reads
from colonnade.drill.checker.words import EXAMPLES, amount, results, undecided
from colonnade.drill.history import History, Operation, Result
from colonnade.drill.verdict import Finding, Verdict

LIMIT = 50_000
"""States for one key: one or two seconds. A register that is well needs about one for each write."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One key: what was found, and in words why it is wrong."""

    key: str
    answer: Answer
    reason: str = ""


def check(history: History, limit: int = LIMIT) -> Finding:
    """`register.write` and `register.read`; a value may be written more than once.

    A write of unknown result may happen at any time after its start, or never. A failed one must not be seen. Reads
    count when they succeeded. A key whose search visits `limit` states is undecided, and the verdict then unknown.
    """
    keys = defaultdict[str, list[Operation]](list)
    for each in history.of("register"):
        keys[each.key].append(each)
    judged = [_judge(key, theirs, limit) for key, theirs in sorted(keys.items()) if any(map(shows, theirs))]
    counts = _counts(judged, history.of("register"))
    if not judged:
        return undecided("register", "nothing was checked: no register was read", counts)
    examples = [f"key {each.key}: {each.reason}" for each in judged if each.reason][:EXAMPLES]
    return Finding("register", _verdict(counts), _text(counts), counts, tuple(examples))


def _judge(key: str, operations: Sequence[Operation], limit: int) -> Judged:
    if wrong := next(wrong_reads(operations), ""):
        return Judged(key, Answer.NO, wrong)
    numbers = defaultdict[str, int](count(1).__next__, {json.dumps(None): 0})
    steps = [
        _step(number, each, numbers[value(each)])
        for number, each in enumerate(operations)
        if shows(each) or may_happen(each)
    ]
    outcome = search(steps, 0, limit)
    return Judged(key, outcome.answer, _reason(outcome, operations))


def _step(number: int, operation: Operation, value: int) -> Step:
    ended = inf if operation.result is Result.UNKNOWN else operation.ended
    return Step(number, operation.kind == "register.write", value, operation.started, ended)


def _reason(outcome: Outcome, operations: Sequence[Operation]) -> str:
    if outcome.answer is Answer.YES:
        return ""
    if outcome.answer is Answer.GAVE_UP:
        return f"undecided after {amount(outcome.states, 'state')}"
    return "no order explains that " + ", and ".join(told(operations[each.number]) for each in outcome.blamed)


def _counts(judged: Sequence[Judged], operations: Sequence[Operation]) -> dict[str, int]:
    return {
        "checked": len(judged),
        "reads": sum(map(shows, operations)),
        "not_linearizable": sum(each.answer is Answer.NO for each in judged),
        "undecided": sum(each.answer is Answer.GAVE_UP for each in judged),
        **results([each for each in operations if each.kind == "register.write"]),
    }


def _verdict(counts: dict[str, int]) -> Verdict:
    if counts["not_linearizable"]:
        return Verdict.FAIL
    return Verdict.UNKNOWN if counts["undecided"] else Verdict.PASS


def _text(counts: dict[str, int]) -> str:
    keys = amount(counts["checked"], "key")
    parts = {
        f"{counts['not_linearizable']:,} of {keys} not linearizable": counts["not_linearizable"],
        f"{counts['undecided']:,} of {keys} undecided: the search was given up": counts["undecided"],
    }
    wrong = "; ".join(text for text, number in parts.items() if number)
    return wrong or f"{keys} linearizable in {amount(counts['reads'], 'read')}"
