"""What stands of an app on its servers, as they were asked, and what follows for a deploy. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from colonnade.model.site import Role, Server


@dataclass(frozen=True, slots=True)
class Intent:
    """Left on every server while a deploy is on its way; who finds it finishes or undoes what was begun."""

    target: str
    base: str
    """What was live before; empty on the first deploy."""
    who: str
    since: str
    migrating_on: str = ""
    """The server that was told to migrate, and until when (Unix time) the migration can be at work."""
    migrating_until: float = 0

    def document(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Worker:
    state: str
    """systemd's ActiveState."""
    restarts: int
    release: str
    """What it was started with."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One server."""

    server: Server
    current: str
    releases: Mapping[str, Mapping[str, Any]]
    workers: Mapping[str, Worker]
    intent: Intent | None
    history: tuple[Mapping[str, Any], ...]
    migrating: bool

    def runs(self, release: str) -> bool:
        """It is current, and each worker was started with it."""
        return self.current == release and all(
            worker.state == "active" and worker.release == release for worker in self.workers.values()
        )


def from_answer(server: Server, answer: Mapping[str, Any]) -> Standing:
    intent = answer["intent"]
    return Standing(
        server,
        answer["current"],
        answer["releases"],
        {unit: Worker(*seen) for unit, seen in answer["workers"].items()},
        Intent(**intent) if intent else None,
        tuple(answer["history"]),
        answer["migrating"],
    )


@dataclass(frozen=True, slots=True)
class Fleetwide:
    """All servers of an app that answered."""

    all: tuple[Standing, ...]

    def having(self, role: Role) -> tuple[Standing, ...]:
        return tuple(each for each in self.all if each.server.has(role))

    @property
    def intent(self) -> Intent | None:
        """Of the deploy that came to no end; the newest, should there be several."""
        found = [each.intent for each in self.all if each.intent]
        return max(found, key=lambda intent: intent.since, default=None)

    @property
    def live(self) -> str:
        """What most app servers have as current; what was live before an unfinished deploy."""
        if self.intent:
            return self.intent.base
        counted = Counter(each.current for each in self.having(Role.APP) if each.current)
        return next((release for release, _ in counted.most_common(1)), "")

    def remaining(self, release: str) -> tuple[Standing, ...]:
        """App servers that do not run it."""
        return tuple(each for each in self.having(Role.APP) if not each.runs(release))

    def complete(self, release: str) -> bool:
        """It runs everywhere, and nothing was left unfinished."""
        return (
            not self.intent
            and not self.remaining(release)
            and all(each.current == release for each in self.having(Role.WEB))
        )

    @property
    def kept(self) -> dict[str, Mapping[str, Any]]:
        """Releases that every app server still has, with what is known of them."""
        apps = self.having(Role.APP)
        names = set.intersection(*(set(each.releases) for each in apps)) if apps else set[str]()
        return {name: _merged(each.releases[name] for each in apps) for name in sorted(names)}

    def migrated(self, release: str) -> bool:
        return any(each.releases.get(release, {}).get("migrated") for each in self.all)

    def irreversible(self, release: str) -> bool:
        return any(each.releases.get(release, {}).get("irreversible") for each in self.all)

    def unfinished(self, release: str) -> bool:
        """Its deploy came to no end."""
        return self.intent is not None and self.intent.target == release

    @property
    def history(self) -> tuple[Mapping[str, Any], ...]:
        """As the server that knows most has it; a server that was away lacks some lines."""
        return max((each.history for each in self.all), key=len, default=())


def _merged(records: Iterable[Mapping[str, Any]]) -> Mapping[str, Any]:
    found: dict[str, Any] = {}
    for record in records:
        for key, value in record.items():
            found[key] = value or found.get(key, value)
    return found


def previous(history: Iterable[Mapping[str, Any]], live: str, kept: Iterable[str]) -> str | None:
    """The release that was live before, the last of those that are kept."""
    wanted = set(kept) - {live}
    return next((name for name in _latest_first(history) if name in wanted), None)


def last_lived(history: Iterable[Mapping[str, Any]], kept: Iterable[str]) -> list[str]:
    """Kept releases, the one that was live last first; those that never were at the end."""
    wanted = list(kept)
    ranked = [name for name in _latest_first(history) if name in wanted]
    return [*ranked, *(name for name in wanted if name not in ranked)]


def irreversible_since(history: Iterable[Mapping[str, Any]], release: str) -> list[str]:
    """Releases whose migration, after this one was last live, said that there is no way back."""
    found: list[str] = []
    for line in reversed(tuple(history)):
        if line["release"] == release and line["result"] == "live":
            break
        if line.get("irreversible"):
            found.append(str(line["release"]))
    return found


def _latest_first(history: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    lines = reversed(tuple(history))
    return iter(dict.fromkeys(str(line["release"]) for line in lines if line["result"] == "live"))
