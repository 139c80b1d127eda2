"""Whether the numbers are the site's: a load generator without headroom measures itself."""

from __future__ import annotations

from colonnade.drill.load.lateness import Summary
from colonnade.drill.load.load import Load
from colonnade.drill.verdict import Finding, Verdict
from colonnade.errors import UserError

CHECKER = "headroom"
# A tenth of the tightest budget for a gap (0.5 s). A client in good order has 2 to 5 ms; the handshakes and answers
# that come all at once after an outage of ten seconds make it late by 100 ms for a moment.
USUAL = 0.05
# Half of that budget: a longer stall of the client could be taken for one of the site.
LONGEST = 0.25
# A process that had this much of a core was short of processor, and not of anything else.
FULL = 0.9
# Standard streams, libraries, and the connections of requests that were given up.
RESERVED = 200


def headroom(summary: Summary, usual: float = USUAL, longest: float = LONGEST) -> Finding:
    """Pass, or unknown: a late client says nothing about the site. `usual` (p99) and `longest` are in seconds."""
    p99 = max(summary.late_p99, summary.lag_p99)
    most = max(summary.late_max, summary.lag_max)
    counts = {"sent": summary.sent, "resent": summary.resent}
    if not summary.sent:
        return Finding(CHECKER, Verdict.UNKNOWN, "the load generator sent nothing", counts)
    if p99 > usual:
        text = f"the load generator was late by {p99 * 1000:.0f} ms at p99: {_why(summary)}"
    elif most > longest:
        text = f"the load generator was once late by {most * 1000:.0f} ms: {_why(summary)}"
    else:
        text = f"the load generator was never late by more than {most * 1000:.0f} ms, by {p99 * 1000:.0f} ms at p99"
        return Finding(CHECKER, Verdict.PASS, text, counts)
    return Finding(CHECKER, Verdict.UNKNOWN, text, counts)


def require_headroom(summary: Summary, usual: float = USUAL, longest: float = LONGEST) -> None:
    """After some seconds of the load and before anything is broken. UserError when the client is late already."""
    found = headroom(summary, usual, longest)
    if found.verdict is not Verdict.PASS:
        raise UserError("load", found.text, "lower the rates, or let this computer do less beside the drill")


def require_descriptors(load: Load, limit: int) -> None:
    """UserError when a site that answers nothing would need more open files than the limit: each is a connection."""
    streams = sum(stream.rate * stream.timeout for stream in load.streams)
    most = int(streams) + sum(each.count for each in load.visitors) + RESERVED
    if most > limit:
        problem = f"a stalled site would need {most} open files at once, the limit is {limit}"
        raise UserError("load", problem, "lower the rates or the timeouts, or raise `ulimit -n`")


def _why(summary: Summary) -> str:
    return "its core is full" if summary.busiest >= FULL else "this computer did not let it run"
