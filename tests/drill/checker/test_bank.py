"""The bank: a total that never changes, and no account below zero."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from colonnade.drill.checker.bank import check
from colonnade.drill.history import History, Operation, Result
from colonnade.drill.verdict import Verdict
from tests.drill.checker.store import in_order, requests
from tests.drill.checker.telling import failed, history, ok, unknown

PAID = ok("anna", 1, 2, "bank.transfer", "0>1", 5)


def read(at: float, *balances: int) -> Operation:
    return ok("ben", at, at + 1, "bank.read", "all", list(balances))


def test_the_total_stays() -> None:
    finding = check(history(PAID, read(0, 10, 10), read(3, 5, 15)), 20)
    assert finding.verdict is Verdict.PASS
    assert finding.text == "2 reads beside 1 acknowledged transfer, total always 20"


def test_a_read_of_half_a_transfer_has_a_wrong_total() -> None:
    finding = check(history(PAID, read(0, 10, 10), read(1, 5, 10)), 20)
    assert finding.verdict is Verdict.FAIL
    assert finding.text == "1 of 2 reads with a wrong total, not 20"
    assert finding.examples == ("ben at 1.000 to 2.000 s read a total of 15, not 20",)


def test_a_negative_balance_is_wrong_although_the_total_is_right() -> None:
    finding = check(history(PAID, read(3, -5, 25)), 20)
    assert finding.verdict is Verdict.FAIL
    assert finding.text == "1 of 1 read with a negative balance"
    assert finding.examples == ("ben at 3.000 to 4.000 s read a negative balance, -5",)


def test_an_empty_bank_has_lost_its_money() -> None:
    assert check(history(PAID, read(3)), 20).counts["wrong_total"] == 1


def test_reads_that_failed_do_not_count() -> None:
    bad = (failed("ben", 3, 4, "bank.read", "all"), unknown("ben", 5, 6, "bank.read", "all", [1]))
    assert check(history(PAID, *bad), 20).verdict is Verdict.UNKNOWN
    assert check(history(PAID, *bad, read(7, 10, 10)), 20).verdict is Verdict.PASS


def test_nothing_was_checked_without_reads_or_transfers() -> None:
    for empty in (History(()), history(PAID), history(read(1, 10, 10)), history(replace(PAID, result=Result.FAIL))):
        finding = check(empty, 20)
        assert finding.verdict is Verdict.UNKNOWN
        assert "nothing was checked" in finding.text


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32))
def test_a_real_bank_passes_and_a_changed_balance_fails(seed: int) -> None:
    random = Random(seed)
    operations = banked(random)
    assert check(History(operations), 40).verdict is Verdict.PASS
    place = random.choice([place for place, each in enumerate(operations) if shows(each)])
    changed = [*operations]
    changed[place] = replace(changed[place], value=[changed[place].value[0] + 1, *changed[place].value[1:]])
    assert check(History(tuple(changed)), 40).counts["wrong_total"] == 1


def shows(operation: Operation) -> bool:
    return operation.kind == "bank.read" and operation.result is Result.OK


def banked(random: Random) -> tuple[Operation, ...]:
    accounts, made = [10, 10, 10, 10], [PAID, read(0, 10, 10, 10, 10)]
    for each in requests(random, 30):
        if random.random() < 0.3:
            made.append(each.told("bank.read", "all", list(accounts)))
            continue
        source, target = random.sample(range(4), 2)
        moved = random.randint(0, accounts[source]) if each.moment is not None else 1
        if each.moment is not None:
            accounts[source] -= moved
            accounts[target] += moved
        made.append(each.told("bank.transfer", f"{source}>{target}", moved))
    return in_order(made)
