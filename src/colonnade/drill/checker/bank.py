"""Bank: transfers between accounts make and destroy nothing, whatever a reader sees them beside.

Jepsen's `bank`: a total that differs is a read of half a transaction, or of two moments at once.
"""

from __future__ import annotations

from colonnade.drill.checker.words import EXAMPLES, amount, results, undecided, who
from colonnade.drill.history import History, Operation, Result
from colonnade.drill.verdict import Finding, Verdict


def check(history: History, total: int) -> Finding:
    """Each `bank.read` that succeeded has the balances of all accounts: their sum is `total`, and none is negative.

    Without an acknowledged transfer nothing moved, and the reads prove nothing.
    """
    transfers = [each for each in history.of("bank") if each.kind == "bank.transfer"]
    reads = [each for each in history.of("bank") if each.kind == "bank.read" and each.result is Result.OK]
    counts = {"checked": len(reads), **results(transfers)}
    if not reads:
        return undecided("bank", "nothing was checked: no balances were read", counts)
    wrong = [each for each in reads if sum(each.value) != total]
    negative = [each for each in reads if min(each.value, default=0) < 0]
    counts |= {"wrong_total": len(wrong), "negative": len(negative)}
    if wrong or negative:
        return Finding("bank", Verdict.FAIL, _text(counts, total), counts, _examples(wrong, negative, total))
    if not counts["acknowledged"]:
        return undecided("bank", "nothing was checked: no transfer was acknowledged", counts)
    moved = amount(counts["acknowledged"], "acknowledged transfer")
    return Finding("bank", Verdict.PASS, f"{amount(len(reads), 'read')} beside {moved}, total always {total:,}", counts)


def _text(counts: dict[str, int], total: int) -> str:
    reads = amount(counts["checked"], "read")
    parts = {
        f"{counts['wrong_total']:,} of {reads} with a wrong total, not {total:,}": counts["wrong_total"],
        f"{counts['negative']:,} of {reads} with a negative balance": counts["negative"],
    }
    return "; ".join(text for text, count in parts.items() if count)


def _examples(wrong: list[Operation], negative: list[Operation], total: int) -> tuple[str, ...]:
    return (
        *(f"{who(each)} read a total of {sum(each.value):,}, not {total:,}" for each in wrong[:EXAMPLES]),
        *(f"{who(each)} read a negative balance, {min(each.value):,}" for each in negative[:EXAMPLES]),
    )
