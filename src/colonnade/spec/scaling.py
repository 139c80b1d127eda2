"""`scale` in terms of the spec: which names come and go, and the text that says so. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from colonnade.components.patroni.options import PatroniOptions
from colonnade.errors import Exit, UserError
from colonnade.model.site import Role, Site
from colonnade.spec import editing
from colonnade.spec.problems import nearest

EVERY = "all"
WORKERS = "workers"
MOST_WORKERS = 64
# Where each commit must stand on two servers, one of three may be lost.
DURABLE = 3
Listed = Mapping[str, Sequence[str]]
"""Names of servers by the role that the spec lists them under."""


@dataclass(frozen=True, slots=True)
class Target:
    """One word of the command: `app=3`, `web.workers=4`, or `app` alone, to say what --add is for."""

    role: str = ""
    app: str = ""
    count: int | None = None


@dataclass(frozen=True)
class Order:
    """What is to change."""

    adds: tuple[tuple[str, str, str], ...] = ()
    """(role, name, address)."""
    removes: tuple[tuple[str, str], ...] = ()
    """(role, name)."""
    workers: Mapping[str, int] = field(default_factory=dict)


def target(word: str, apps: Collection[str], listed: Listed) -> Target:
    """UserError with exit code 64 for a word that means nothing here."""
    name, equals, number = word.partition("=")
    count = _count(word, number) if equals else None
    app, dot, _ = name.rpartition(".")
    if not dot:
        if name not in listed:
            raise _unlisted(name, listed)
        return Target(role=name, count=count)
    known = [f"{each}.{WORKERS}" for each in apps]
    if name not in known:
        raise _usage(word, f"expected ROLE=N or APP.{WORKERS}=N", nearest(name, known))
    if count is None or count > MOST_WORKERS:
        raise _usage(word, f"expected a number of workers from 1 to {MOST_WORKERS}", f"{name}=4")
    return Target(app=app, count=count)


def _count(word: str, number: str) -> int:
    if not number.isdecimal():
        raise _usage(word, "expected a whole number", f"{word.partition('=')[0]}=3")
    if int(number) == 0:
        raise _usage(word, "a site with none of them serves nothing", f"{word.partition('=')[0]}=1 or more")
    return int(number)


def _unlisted(name: str, listed: Listed) -> UserError:
    if name in set(Role) and EVERY in listed:
        hint = f"{EVERY}=N adds or removes servers of every role; or list {name} servers by themselves in the spec"
        return _usage(name, f"the spec gives every role to the servers under `{EVERY}`", hint)
    if name in set(Role):
        hint = f"list servers for {name} in the spec first"
        return _usage(name, "the spec leaves it out: it is placed on servers of other roles", hint)
    return _usage(name, "there is no such role", nearest(name, listed))


def order(targets: Sequence[Target], add: Mapping[str, str], remove: Sequence[str], listed: Listed) -> Order:
    """Names chosen: what comes takes the next number, what goes is the highest-numbered unless named.

    `add` holds addresses by name. Those of servers that only a count asks for are left empty.
    """
    roles = [one.role for one in targets if one.role]
    taken = {name for names in listed.values() for name in names}
    gone = [(_role_of(name, roles, listed), name) for name in remove]
    new = [(_role_to_join(name, roles), name, address) for name, address in add.items()]
    if known := next((name for name in add if name in taken), None):
        raise _usage(known, "there is a server of this name", "take another")
    for one in (each for each in targets if each.role and each.count is not None):
        left = [name for name in listed[one.role] if (one.role, name) not in gone]
        left += [name for role, name, _ in new if role == one.role]
        more = (one.count or 0) - len(left)
        new += [(one.role, name, "") for name in next_names(left, more, {*taken, *(name for _, name, _ in new)})]
        gone += [(one.role, name) for name in highest(left, -more)]
    return Order(tuple(new), tuple(gone), {one.app: one.count for one in targets if one.app and one.count})


def _role_of(name: str, roles: Collection[str], listed: Listed) -> str:
    everywhere = [role for role, names in listed.items() if name in names]
    found = [role for role in everywhere if role in roles] or everywhere
    if not found:
        known = {each for names in listed.values() for each in names}
        raise _usage(name, "there is no such server", nearest(name, known))
    if len(found) > 1:
        hint = f"say which: colonnade scale {found[0]} --remove {name}"
        raise _usage(name, f"stands under {' and '.join(found)}", hint)
    return found[0]


def _role_to_join(name: str, roles: Sequence[str]) -> str:
    if len(roles) != 1:
        raise _usage(name, "expected one role before --add", f"colonnade scale app --add {name}=ADDRESS")
    return roles[0]


def next_names(names: Sequence[str], count: int, taken: Collection[str]) -> list[str]:
    """Names after the pattern that is there: app1, app2 → app3; a, b, c → d; web08, web09 → web10."""
    found: list[str] = []
    last = max(names, key=natural, default="")
    while len(found) < count:
        last = _after(last)
        if last not in taken:
            found.append(last)
    return found


def _after(name: str) -> str:
    if match := re.fullmatch(r"(.*?)(\d+)", name):
        stem, digits = match.groups()
        return f"{stem}{int(digits) + 1:0{len(digits)}}"
    if re.fullmatch("[a-y]", name):
        return chr(ord(name) + 1)
    raise _usage(name, "its name has no number to count on from", "name the new one: --add NAME=ADDRESS")


def highest(names: Sequence[str], count: int) -> list[str]:
    """Those that go first."""
    return sorted(names, key=natural, reverse=True)[: max(0, count)]


def natural(name: str) -> tuple[tuple[int, int, str], ...]:
    """app10 comes after app9."""
    parts = (part for part in re.split(r"(\d+)", name) if part)
    return tuple((1, int(part), "") if part.isdigit() else (0, 0, part) for part in parts)


def edited(text: str, wanted: Order, file: str, listed: Listed) -> str:
    """The spec's text with the order in it. UserError where the text has no place for it."""
    for role, name, address in wanted.adds:
        text = _placed(editing.add(text, ("servers", role, name), json.dumps(address)), file, f"servers.{role}")
    for role, name in wanted.removes:
        keys = ("servers", role, name)
        if editing.form(text, keys) is not editing.Form.ITEM:
            _require_alone(role, name, listed)
        text = editing.remove(text, keys)
    for app, count in wanted.workers.items():
        place = ("apps", app, WORKERS)
        found = editing.replace(text, place, str(count)) or editing.add(text, place, str(count))
        text = _placed(found, file, f"apps.{app}")
    return text


def _placed(text: str | None, file: str, table: str) -> str:
    if text is None:
        raise UserError(file, f"has no table {table} to write into", "edit it by hand, then colonnade apply")
    return text


def _require_alone(role: str, name: str, listed: Listed) -> None:
    """A server that other roles name too keeps its address under one of them."""
    others = [each for each, names in listed.items() if each != role and name in names]
    if others:
        hint = f"take it out of that role first: colonnade scale {others[0]} --remove {name}"
        raise _usage(name, f"is listed under {' and '.join(others)} too", hint)


def require_enough(before: Site, after: Site) -> None:
    """What the spec's own checks do not refuse: fewer databases than the site's durability was built on."""
    durability = after.option(PatroniOptions).durability
    had, has = (len(site.having(Role.DB)) for site in (before, after))
    if durability != "none" and has < min(DURABLE, had):
        reason = f'with durability "{durability}" each commit is on two servers, also after a loss'
        hint = 'keep three; or set durability = "none" in [postgres], and commits may be lost'
        raise _usage("db", f"{reason}: db needs three, not {has}", hint)


def _usage(where: str, problem: str, hint: str) -> UserError:
    return UserError(where, f"{problem}; nothing was changed", hint, exit_code=Exit.USAGE)
