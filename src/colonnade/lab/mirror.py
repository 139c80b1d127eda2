"""Where this computer gets its own Debian packages from; the lab's image comes from the same place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from colonnade.errors import UserError

APT = Path("/etc/apt")
SUITES = frozenset(["stable", "oldstable", "testing", "unstable", "sid", "bullseye", "bookworm", "trixie", "forky"])
"""Entries of other suites belong to third parties and hold no Debian."""


@dataclass(frozen=True, slots=True)
class Source:
    """One `deb` entry of apt's configuration."""

    uri: str
    suite: str


def parse_list(text: str) -> Iterator[Source]:
    """The entries of a one-line file (`sources.list`)."""
    for line in text.splitlines():
        words = _without_options(line.split("#", 1)[0]).split()
        if len(words) >= 3 and words[0] == "deb":
            yield Source(words[1], words[2])


def parse_deb822(text: str) -> Iterator[Source]:
    """The entries of a deb822 file (`debian.sources`), disabled ones left out."""
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    for filled, stanza in groupby(lines, key=lambda line: bool(line.strip())):
        if filled:
            yield from _stanza(_fields(stanza))


def image_sources(sources: list[Source], suite: str) -> tuple[str, ...]:
    """One-line entries for `suite` at the first Debian mirror, its updates, and security when this computer has it.

    Raises UserError when no entry is a Debian mirror.
    """
    mirror = next((s.uri for s in sources if s.suite in SUITES), None)
    if mirror is None:
        raise UserError(str(APT), "no Debian mirror among apt's sources", "add one: the lab's image is made from it")
    security = next((s.uri for s in sources if _is_security(s.suite)), None)
    entries = [f"deb {mirror} {suite} main", f"deb {mirror} {suite}-updates main"]
    return (*entries, *([f"deb {security} {suite}-security main"] if security else []))


def host_sources(apt: Path = APT) -> list[Source]:
    """Every entry this computer uses, in apt's order: `sources.list`, then `sources.list.d` by name."""
    files = [apt / "sources.list", *sorted((apt / "sources.list.d").glob("*"))]
    return [source for file in files if file.is_file() for source in _parse(file)]


def _parse(file: Path) -> Iterator[Source]:
    if file.suffix == ".list":
        yield from parse_list(file.read_text())
    elif file.suffix == ".sources":
        yield from parse_deb822(file.read_text())


def _is_security(suite: str) -> bool:
    return suite.removesuffix("-security") in SUITES and suite.endswith("-security")


def _without_options(line: str) -> str:
    """`deb [signed-by=x arch=y] URI …` without the brackets."""
    before, bracket, rest = line.partition("[")
    return before + rest.partition("]")[2] if bracket else line


def _fields(lines: Iterator[str]) -> dict[str, str]:
    """Folded lines belong to the field before them."""
    fields: dict[str, str] = {}
    name = ""
    for line in lines:
        if line[0].isspace():
            fields[name] = f"{fields.get(name, '')} {line.strip()}"
        else:
            name, _, value = line.partition(":")
            name = name.strip().lower()
            fields[name] = value.strip()
    return fields


def _stanza(fields: dict[str, str]) -> Iterator[Source]:
    if "deb" not in fields.get("types", "").split() or fields.get("enabled", "yes").lower() in ("no", "false", "0"):
        return
    for uri in fields.get("uris", "").split():
        for suite in fields.get("suites", "").split():
            yield Source(uri, suite)
