"""The ledger: acknowledged entries stay, failed ones do not come in."""

from __future__ import annotations

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from colonnade.drill.checker.ledger import check
from colonnade.drill.history import History, Operation, Result
from colonnade.drill.verdict import Verdict
from tests.drill.checker.store import in_order, requests
from tests.drill.checker.telling import failed, history, ok, unknown

EVENING = history(
    ok("anna", 1, 2, "ledger.add", "tea"),
    ok("ben", 1, 3, "ledger.add", "milk"),
    failed("anna", 3, 4, "ledger.add", "rum"),
    unknown("ben", 4, 9, "ledger.add", "salt"),
)


def found(*ids: str, replica: tuple[str, ...] | None = None) -> dict[str, frozenset[str]]:
    return {"primary db1": frozenset(ids), "replica db2": frozenset(ids if replica is None else replica)}


def test_what_was_acknowledged_is_there() -> None:
    finding = check(EVENING, found("tea", "milk"))
    assert finding.verdict is Verdict.PASS
    assert finding.text == "2 acknowledged entries in 2 places, none lost"


def test_an_unknown_entry_may_be_there_or_not() -> None:
    there, gone = check(EVENING, found("tea", "milk", "salt")), check(EVENING, found("tea", "milk"))
    assert there.verdict is gone.verdict is Verdict.PASS
    assert (there.counts["unknown_there"], there.counts["unknown_gone"]) == (1, 0)
    assert (gone.counts["unknown_there"], gone.counts["unknown_gone"]) == (0, 1)


def test_an_acknowledged_entry_that_is_gone_is_lost() -> None:
    finding = check(EVENING, found("tea"))
    assert finding.verdict is Verdict.FAIL
    assert finding.text == "1 of 2 acknowledged entries lost: 1 not on primary db1, 1 not on replica db2"
    assert finding.examples == (
        "entry milk, acknowledged to ben at 1.000 to 3.000 s, lost: not on primary db1, replica db2",
    )


def test_one_place_without_it_is_enough() -> None:
    finding = check(EVENING, found("tea", "milk", replica=("milk",)))
    assert finding.verdict is Verdict.FAIL
    assert finding.text.endswith("lost: 1 not on replica db2")
    assert finding.counts["lost"] == 1


def test_examples_name_the_place_alone() -> None:
    lost = check(EVENING, found("tea", "milk", replica=("tea",)))
    phantom = check(EVENING, found("tea", "milk", replica=("tea", "milk", "rum")))
    assert lost.examples[0].endswith("lost: not on replica db2")
    assert phantom.examples[0].endswith("phantom: on replica db2")


def test_one_place_or_many() -> None:
    both = frozenset({"tea", "milk"})
    assert check(EVENING, {"primary db1": both}).verdict is Verdict.PASS
    assert (
        check(EVENING, {"primary db1": frozenset({"tea"}), "replica db2": both, "replica db3": both}).counts["lost"]
        == 1
    )


def test_an_empty_place_has_lost_everything() -> None:
    assert check(EVENING, found("tea", "milk", replica=())).counts["lost"] == 2


def test_a_failed_entry_that_is_there_is_a_phantom() -> None:
    finding = check(EVENING, found("tea", "milk", "rum"))
    assert finding.verdict is Verdict.FAIL
    assert "1 phantom" in finding.text
    assert "entry rum, failed for anna" in finding.examples[0]


def test_a_phantom_in_one_place_is_one() -> None:
    assert check(EVENING, found("tea", "milk", replica=("tea", "milk", "rum"))).counts["phantom"] == 1


def test_an_entry_that_nobody_sent_is_unexpected() -> None:
    finding = check(EVENING, found("tea", "milk", "gin"))
    assert finding.verdict is Verdict.FAIL
    assert "1 unexpected" in finding.text
    assert "entry gin, sent by nobody" in finding.examples[0]


def test_copies_that_differ_in_an_unknown_entry_prove_nothing() -> None:
    finding = check(EVENING, found("tea", "milk", "salt", replica=("tea", "milk")))
    assert finding.verdict is Verdict.UNKNOWN
    assert "1 diverged" in finding.text
    assert "entry salt, unknown to ben" in finding.examples[0]


def test_an_entry_sent_again_has_its_best_result() -> None:
    again = history(failed("anna", 1, 2, "ledger.add", "tea"), ok("anna", 3, 4, "ledger.add", "tea"))
    assert check(again, found("tea")).verdict is Verdict.PASS
    assert check(again, found()).examples[0].startswith("entry tea, acknowledged to anna at 3.000")
    maybe = history(unknown("anna", 1, 2, "ledger.add", "tea"), failed("anna", 3, 4, "ledger.add", "tea"))
    assert check(maybe, found("tea")).counts["phantom"] == 0


def test_without_operations_or_a_final_read_nothing_was_checked() -> None:
    for finding in (check(History(()), found()), check(EVENING, {})):
        assert finding.verdict is Verdict.UNKNOWN
        assert "nothing was checked" in finding.text
        assert "lost" not in finding.counts


def test_without_an_acknowledged_entry_nothing_was_checked() -> None:
    finding = check(history(failed("anna", 1, 2, "ledger.add", "tea")), found())
    assert finding.verdict is Verdict.UNKNOWN
    assert "nothing was checked" in finding.text


def test_examples_are_few() -> None:
    many = history(*(ok("anna", n, n + 1, "ledger.add", str(n)) for n in range(100)))
    finding = check(many, found())
    assert finding.counts["lost"] == 100
    assert len(finding.examples) == 5


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32))
def test_a_store_that_keeps_its_word_passes_and_one_that_forgets_an_entry_fails(seed: int) -> None:
    random = Random(seed)
    adds, kept = stored(random)
    assert check(History(adds), {"primary": kept, "replica": kept}).verdict is Verdict.PASS
    lost = random.choice(sorted(each.key for each in adds if each.result is Result.OK))
    finding = check(History(adds), {"primary": kept, "replica": kept - {lost}})
    assert (finding.verdict, finding.counts["lost"]) == (Verdict.FAIL, 1)


def stored(random: Random) -> tuple[tuple[Operation, ...], frozenset[str]]:
    made = list(enumerate(requests(random, 40)))
    kept = frozenset(f"e{number}" for number, each in made if each.moment is not None)
    return in_order([each.told("ledger.add", f"e{number}", None) for number, each in made]), kept
