"""The script that ends a lost primary's lease: on a small etcd of its own, what it does and what it must not."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from colonnade.components.patroni.options import PatroniOptions
from colonnade.model.resources import File
from tests.sites import design_of, example, with_options

SCOPE, VOTES = "/service/guestbook/", "/colonnade/guestbook/shut-out/"
# The lease that Patroni of the primary keeps for its keys.
SESSION = 0x5E5510
MAIN = "\ntry:\n    if os.path"


def script(server: str) -> str:
    design = design_of(with_options(example("guestbook"), PatroniOptions.model_validate({"fast_failover": True})))
    files = {each.path: each.content for _, each in design.servers[server].all(File)}
    return files["/etc/colonnade/patroni/failover"]


@dataclass
class Etcd:
    """Keys with their revisions, and etcdctl's words for them."""

    keys: dict[str, tuple[str, int]] = field(default_factory=dict)
    revision: int = 10
    reachable: bool = True
    revoked: list[str] = field(default_factory=list)

    def put(self, key: str, value: str) -> None:
        self.revision += 1
        self.keys[key] = value, self.revision

    def ask(self, *words: str, text: str = "") -> Any:
        if not self.reachable:
            raise subprocess.CalledProcessError(1, "etcdctl")
        verb, *rest = words
        if verb == "get":
            return self.get(rest[-1], prefix="--prefix" in rest)
        if verb == "lease" and rest[0] == "revoke":
            return self.revoked.append(rest[1])
        if verb == "lease":
            return {"ID": 77}
        if verb == "put":
            assert rest[0] == "--lease=4d"
            return self.put(rest[1], rest[2])
        if verb == "del":
            return self.keys.pop(rest[0], None)
        assert verb == "txn"
        return {"succeeded": self.transact(text)}

    def get(self, wanted: str, *, prefix: bool) -> Any:
        fits = str.startswith if prefix else str.__eq__

        def encode(told: str) -> str:
            return base64.b64encode(told.encode()).decode()

        found = [(key, *value) for key, value in sorted(self.keys.items()) if fits(key, wanted)]
        return (
            {"kvs": [{"key": encode(k), "value": encode(v), "mod_revision": r, "lease": SESSION} for k, v, r in found]}
            if found
            else {}
        )

    def transact(self, text: str) -> bool:
        compares, deletes, *_ = text.split("\n\n")
        for one in compares.splitlines():
            what, key, wanted = re.fullmatch(r'(mod|value)\("(.+)"\) = "(.*)"', one).groups()  # type: ignore[union-attr]
            value, revision = self.keys.get(key, ("", 0))
            if wanted != (str(revision) if what == "mod" else value):
                return False
        self.keys.pop(deletes.removeprefix("del "))
        return True


class Member:
    """The script on one server, without its main part: its functions, on this etcd and a folder of this test's."""

    def __init__(self, name: str, etcd: Etcd, folder: Path, *, follows: str | None, sees: frozenset[str] = frozenset()):
        self.folder = folder / name
        self.folder.mkdir()
        self.ran: list[str] = []
        self.names: dict[str, Any] = {}
        exec(script(name).partition(MAIN)[0], self.names)  # noqa: S102  our own
        self.sees = sees
        self.names |= {
            "DATA": f"{self.folder}/", "STATE": f"{self.folder}/state", "SILENCE": 0.0, "LEASE": 0.05,
            "etcd": etcd.ask, "run": self.run, "answers": lambda *names: bool(self.sees & set(names)),
        }  # fmt: skip
        (self.folder / "postmaster.pid").touch()
        self.follow(follows)

    def follow(self, name: str | None) -> None:
        address = self.names["MEMBERS"].get(name)
        conninfo = f"primary_conninfo = 'dbname=postgres user=replicator host={address} port=5432'\n" if name else ""
        (self.folder / "postgresql.conf").write_text(conninfo)
        (self.folder / "standby.signal").touch() if name else (self.folder / "standby.signal").unlink(missing_ok=True)

    def run(self, *words: str, text: str = "") -> str:
        self.ran.append(" ".join((*words, text)))
        return ""

    @property
    def closed(self) -> bool:
        return (self.folder / "state").exists()

    def call(self, function: str, *words: object) -> Any:
        return self.names[function](*words)

    def settle_later(self) -> None:
        os.utime(self.folder / "state", (0, 0))
        self.call("settle")


@pytest.fixture
def etcd() -> Etcd:
    found = Etcd()
    found.put(f"{SCOPE}leader", "db1")
    found.put(f"{SCOPE}sync", json.dumps({"leader": "db1", "sync_standby": "db2,db3", "quorum": 1}))
    return found


def leader(etcd: Etcd) -> str | None:
    return etcd.keys.get(f"{SCOPE}leader", (None, 0))[0]


def test_a_lost_primarys_lease_is_ended_once_every_standby_has_shut_it_out(etcd: Etcd, tmp_path: Path) -> None:
    first, second = (Member(name, etcd, tmp_path, follows="db1") for name in ("db2", "db3"))
    first.call("replace", "db1")
    assert leader(etcd) == "db1" and not etcd.revoked
    assert first.closed and "tcp sport 5432 drop" in first.ran[0]
    second.call("replace", "db1")
    # Of Patroni's whole session there, not of the key alone: it would hold itself for the leader when it is back.
    assert leader(etcd) is None and etcd.revoked == ["5e5510"]


def test_nothing_is_shut_out_that_answers(etcd: Etcd, tmp_path: Path) -> None:
    member = Member("db2", etcd, tmp_path, follows="db1", sees=frozenset({"db1"}))
    member.names["SILENCE"] = 60.0
    member.call("replace", "db1")
    assert not member.closed and not member.ran


def test_one_observer_alone_ends_nothing(etcd: Etcd, tmp_path: Path) -> None:
    etcd.put(f"{SCOPE}sync", json.dumps({"leader": "db1", "sync_standby": "db2", "quorum": 0}))
    Member("db2", etcd, tmp_path, follows="db1").call("replace", "db1")
    assert leader(etcd) == "db1"


@pytest.mark.parametrize(
    "sync", ['{"leader": "db1", "sync_standby": null}', '{"leader": "db3", "sync_standby": "db1"}', ""]
)
def test_who_may_confirm_must_be_known(etcd: Etcd, tmp_path: Path, sync: str) -> None:
    etcd.put(f"{SCOPE}sync", sync)
    for name in ("db2", "db3"):
        Member(name, etcd, tmp_path, follows="db1").call("replace", "db1")
    assert leader(etcd) == "db1"


def test_a_standby_that_may_confirm_must_have_shut_it_out(etcd: Etcd, tmp_path: Path) -> None:
    etcd.put(f"{SCOPE}sync", json.dumps({"leader": "db1", "sync_standby": "db2,db3,db4", "quorum": 1}))
    for name in ("db2", "db3"):
        Member(name, etcd, tmp_path, follows="db1").call("replace", "db1")
    assert leader(etcd) == "db1"


def test_votes_against_an_earlier_lease_count_for_nothing(etcd: Etcd, tmp_path: Path) -> None:
    Member("db2", etcd, tmp_path, follows="db1").call("replace", "db1")
    etcd.put(f"{SCOPE}leader", "db1")
    Member("db3", etcd, tmp_path, follows="db1").call("replace", "db1")
    assert leader(etcd) == "db1"


def test_the_vote_is_taken_back_before_anything_is_let_in(etcd: Etcd, tmp_path: Path) -> None:
    member = Member("db2", etcd, tmp_path, follows="db1")
    member.call("replace", "db1")
    assert f"{VOTES}db2" in etcd.keys
    etcd.reachable = False
    with pytest.raises(subprocess.CalledProcessError):
        member.settle_later()
    assert member.closed
    etcd.reachable = True
    member.settle_later()
    assert not member.closed and f"{VOTES}db2" not in etcd.keys


def test_a_primary_without_its_lease_stays_shut_out_until_this_server_follows_another(
    etcd: Etcd, tmp_path: Path
) -> None:
    first, second = (Member(name, etcd, tmp_path, follows="db1") for name in ("db2", "db3"))
    for each in (first, second):
        each.call("replace", "db1")
    etcd.put(f"{SCOPE}leader", "db2")
    second.settle_later()
    assert second.closed
    second.follow("db2")
    second.settle_later()
    assert not second.closed


def test_a_primary_that_sees_nobody_closes_itself_until_it_knows_its_part(etcd: Etcd, tmp_path: Path) -> None:
    member = Member("db1", etcd, tmp_path, follows=None)
    member.call("guard_readers")
    assert not member.closed, "etcd answers: it is the others that are lost"
    etcd.reachable = False
    member.sees = frozenset({"db3"})
    member.call("guard_readers")
    assert not member.closed, "another member answers, so it sees this one"
    member.sees = frozenset()
    member.call("guard_readers")
    assert member.closed and "tcp dport { 5432, 8008 } drop" in member.ran[-1]
    etcd.reachable = True
    etcd.put(f"{SCOPE}leader", "db2")
    member.settle_later()
    assert member.closed, "somebody else leads"
    member.follow("db2")
    member.settle_later()
    assert not member.closed


def test_rules_are_nftables_own_words(etcd: Etcd, tmp_path: Path) -> None:
    """Their layout matters to nft, and a rule that is refused leaves the fence open."""
    member = Member("db2", etcd, tmp_path, follows="db1")
    member.call("replace", "db1")
    assert re.search(r"\{\nchain input \{.*; \}\nchain output \{.*; \}\n\}\n$", member.ran[0])


def test_only_where_it_is_asked_for() -> None:
    files = [file.path for _, file in design_of(example("guestbook")).servers["db1"].all(File)]
    assert "/etc/colonnade/patroni/failover" not in files
    assert "/etc/colonnade/patroni/canary" in files


def test_the_script_is_python(tmp_path: Path) -> None:
    assert SimpleNamespace(ok=compile(script("db1"), "failover", "exec")).ok
