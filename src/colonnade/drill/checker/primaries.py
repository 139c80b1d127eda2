"""Primaries: did two servers take commits at once?

PostgreSQL counts one timeline further at each promotion, so a timeline has one primary, and a newer one ends the older.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from colonnade.drill.checker.words import EXAMPLES, amount, results, undecided, who
from colonnade.drill.history import History, Operation, Result
from colonnade.drill.verdict import Finding, Verdict


@dataclass(frozen=True, slots=True)
class Reign:
    """One server's acknowledged commits on one timeline: from the first one's end to the last one's start.

    Between the two it surely was primary all the time.
    """

    server: str
    timeline: int
    since: float
    until: float


def check(history: History) -> Finding:
    """Each `primaries.commit` was tried directly on the server in its key; its value is the timeline it was made on.

    Two primaries at once are:

    - superseded: a commit on an older timeline that started after one on a newer timeline had ended, both acknowledged.
      A commit that was under way by then is allowed: it may have been made before, and only its answer was slow;
    - shared: commits on one timeline acknowledged by two servers;
    - inside: an acknowledged commit without a timeline that started after a commit of another server had ended, and
      ended before that server started another on the same timeline.

    A commit without a timeline is not judged otherwise; unless its own server's commits enclose it in the same way, the
    verdict is unknown. So it is when fewer than two servers were tried.
    """
    tried = history.of("primaries")
    commits = [each for each in tried if each.result is Result.OK]
    counts = {"checked": len(commits), **results(tried)}
    if not commits or len({each.key for each in tried}) < 2:
        return undecided("primaries", _nothing(commits), counts)
    reigns = _reigns(commits)
    superseded, shared = _superseded(commits), _shared(reigns)
    undated = [(each, _during(each, reigns)) for each in commits if each.value is None]
    inside = [each for each, servers in undated if servers - {each.key}]
    counts |= {"superseded": len(superseded), "shared": len(shared), "inside": len(inside)}
    counts["unjudged"] = sum(not servers for _, servers in undated)
    told = (*superseded[:EXAMPLES], *shared[:EXAMPLES], *(_told(each) for each in inside[:EXAMPLES]))
    return Finding("primaries", _verdict(counts), _text(counts), counts, told)


def _superseded(commits: Sequence[Operation]) -> list[str]:
    dated = [each for each in commits if each.value is not None]
    ended = sorted(dated, key=lambda each: each.ended)
    ends = [each.ended for each in ended]
    newest = list(accumulate(ended, _newer))
    found = []
    for each in dated:
        before = bisect_left(ends, each.started)
        if before and newest[before - 1].value > each.value:
            found.append(f"{_told(each)}, after {_told(newest[before - 1])}")
    return found


def _newer(one: Operation, other: Operation) -> Operation:
    return other if other.value > one.value else one


def _reigns(commits: Iterable[Operation]) -> list[Reign]:
    by_reign = defaultdict[tuple[int, str], list[Operation]](list)
    for each in commits:
        if each.value is not None:
            by_reign[each.value, each.key].append(each)
    return [
        Reign(server, timeline, min(each.ended for each in theirs), max(each.started for each in theirs))
        for (timeline, server), theirs in sorted(by_reign.items())
    ]


def _shared(reigns: Iterable[Reign]) -> list[str]:
    servers = defaultdict[int, list[str]](list)
    for each in reigns:
        servers[each.timeline].append(each.server)
    both = {timeline: " and ".join(names) for timeline, names in servers.items() if len(names) > 1}
    return [f"commits on timeline {timeline} acknowledged by {names}" for timeline, names in both.items()]


def _during(commit: Operation, reigns: Iterable[Reign]) -> set[str]:
    """The servers that surely were primary while it was made."""
    return {each.server for each in reigns if each.since < commit.started and commit.ended < each.until}


def _told(commit: Operation) -> str:
    timeline = "no timeline" if commit.value is None else f"timeline {commit.value}"
    return f"{commit.key} acknowledged a commit of {who(commit)} on {timeline}"


def _verdict(counts: dict[str, int]) -> Verdict:
    if counts["superseded"] or counts["shared"] or counts["inside"]:
        return Verdict.FAIL
    return Verdict.UNKNOWN if counts["unjudged"] else Verdict.PASS


def _text(counts: dict[str, int]) -> str:
    commits = amount(counts["checked"], "acknowledged commit")
    parts = {
        f"{counts['superseded']:,} superseded, on an older timeline": counts["superseded"],
        f"{amount(counts['shared'], 'timeline')} shared by two servers": counts["shared"],
        f"{counts['inside']:,} inside another server's reign": counts["inside"],
    }
    if told := "; ".join(text for text, count in parts.items() if count):
        return f"two primaries at once: of {commits} {told}"
    if counts["unjudged"]:
        return f"{counts['unjudged']:,} of {commits} without a timeline: not judged"
    return f"{commits}, never by two primaries at once"


def _nothing(commits: Sequence[Operation]) -> str:
    return "nothing was checked: " + ("only one server was tried" if commits else "no commit was acknowledged")
