"""List-append transactions: told in words, and from two stores, one serializable and one with snapshot isolation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import count
from random import Random
from typing import Any

from colonnade.drill.checker.append import Isolation, check
from colonnade.drill.history import Operation, Result
from colonnade.drill.verdict import Finding
from tests.drill.checker.store import Request, in_order, requests
from tests.drill.checker.telling import history

Step = list[Any]
Lists = dict[str, list[int]]
Version = tuple[float, list[int]]
"""When it was committed, and the list from then on."""
Make = Callable[..., Operation]


def txn(result: Make, client: str, started: float, ended: float, *steps: str) -> Operation:
    """`append x 1`, `r x 1 2 3`, `r x` for an empty list, `r x ?` for a read without an answer."""
    return result(client, started, ended, "append.txn", "", [_step(*each.split()) for each in steps])


def _step(name: str, key: str, *elements: str) -> Step:
    if name == "append":
        return [name, key, int(elements[0])]
    return [name, key, None if elements == ("?",) else [int(each) for each in elements]]


def judged(*txns: Operation, isolation: Isolation = "snapshot") -> Finding:
    return check(history(*txns), isolation)


def named(finding: Finding, name: str) -> str:
    """The example of an anomaly."""
    return next((each for each in finding.examples if each.startswith(f"{name}: ")), "")


def drawn(random: Random, elements: Iterator[int], keys: int) -> list[Step]:
    """One to four steps; what is read is still empty."""
    steps = list[Step]()
    for _ in range(random.randint(1, 4)):
        key = f"k{random.randrange(keys)}"
        steps.append(["append", key, next(elements)] if random.random() < 0.5 else ["r", key, None])
    return steps


def carried_out(lists: Lists, steps: list[Step]) -> list[Step]:
    """The steps with what they read; the lists are changed."""
    done = []
    for name, key, element in steps:
        if name == "append":
            lists[key] = [*lists[key], element]
        done.append([name, key, element if name == "append" else lists[key]])
    return done


def told(request: Request, steps: list[Step], done: list[Step]) -> Operation:
    return request.told("append.txn", "", done if request.result is Result.OK else steps)


def serializable(random: Random, size: int = 40, keys: int = 4) -> tuple[Operation, ...]:
    """One transaction at a time."""
    lists, elements, made = defaultdict[str, list[int]](list), count(1), list[Operation]()
    for each in requests(random, size):
        steps = drawn(random, elements, keys)
        made.append(told(each, steps, carried_out(lists, steps) if each.moment is not None else steps))
    return in_order(made)


def snapshot(random: Random, size: int = 40, keys: int = 4) -> tuple[Operation, ...]:
    """Each sees the lists as they were at its start, and fails when another has changed what it changes since."""
    elements, made, versions = count(1), list[Operation](), defaultdict[str, list[Version]](lambda: [(0.0, [])])
    for each in requests(random, size):
        steps = drawn(random, elements, keys)
        seen = {key: _at(versions[key], each.started) for _, key, _ in steps}
        done = carried_out(seen, steps)
        changed = {key for name, key, _ in steps if name == "append"}
        if each.moment is None or any(versions[key][-1][0] > each.started for key in changed):
            result = Result.FAIL if each.result is Result.OK else each.result
            made.append(told(Request(each.client, each.started, None, each.ended, result), steps, steps))
            continue
        for key in changed:
            versions[key].append((each.moment, seen[key]))
        made.append(told(each, steps, done))
    return in_order(made)


def _at(versions: list[Version], when: float) -> list[int]:
    return next(elements for at, elements in reversed(versions) if at <= when)
