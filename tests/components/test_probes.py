"""Probes believe nothing: whatever a daemon prints, the answer is a reading, and silence is never well."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from colonnade.components.base import read_disk
from colonnade.components.etcd import read_health
from colonnade.components.patroni import read_member
from colonnade.components.valkey import read_server
from colonnade.model.observation import Output, Probe, Reading, Status, by_exit_code
from colonnade.observe.probing import as_reading, probes_of
from tests.sites import NAMES, designed

Read = Callable[[Output], tuple[Status, str, Mapping[str, str]]]

DESIGNS = [designed(name) for name in NAMES]
PROBES = [p for design in DESIGNS for s in design.servers.values() for p in probes_of(design.layout, s.server)]
# One of each kind is enough: the same function reads them on every server.
KINDS = {f"{p.component} {getattr(p.read, 'func', p.read).__qualname__}": p for p in PROBES}

leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
documents = st.recursive(leaves, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=5)
keys = st.sampled_from(["health", "reason", "role", "state", "xlog", "timeline", "replication_state", "location"])
answers = st.dictionaries(keys, documents)
# Lines that begin as the real ones do and end in garbage.
starts = st.sampled_from(
    ["web,", "notAfter=", "HTTP=", "RELEASE=", "role:", "connected_slaves:", "active\n", "95 %", ""]
)
lines = st.lists(st.builds("{}{}\n".format, starts, st.text(max_size=20)), max_size=4).map("".join)
garbled = st.text(max_size=50) | (documents | answers).map(json.dumps) | lines

each_kind = pytest.mark.parametrize("probe", KINDS.values(), ids=KINDS.keys())


@each_kind
@settings(max_examples=25, deadline=None)
@given(code=st.sampled_from([0, 1, 124]), text=garbled)
def test_garbled_output_is_a_reading(probe: Probe, code: int, text: str) -> None:
    reading = as_reading(probe, Output(code, text))
    assert (reading.component, reading.name) == (probe.component, probe.name)
    assert isinstance(reading.status, Status)
    assert all(isinstance(each, str) for pair in reading.facts.items() for each in pair)


@each_kind
@pytest.mark.parametrize("code", [1, 7, 28, 124, 127])
def test_silence_after_a_failure_is_never_well(probe: Probe, code: int) -> None:
    assert as_reading(probe, Output(code, "")).status in (Status.DOWN, Status.UNKNOWN)


@each_kind
def test_silence_is_never_well(probe: Probe) -> None:
    """But of commands whose exit status is their whole answer."""
    by_status = probe.read is by_exit_code or probe.component == "nginx"
    assert by_status or as_reading(probe, Output(0, "")).status in (Status.DOWN, Status.UNKNOWN)


@pytest.mark.parametrize(("text", "status"), [("{}", "down"), ("5", "unknown"), ("[]", "unknown"), ("", "down")])
def test_an_answer_that_is_no_object_says_nothing(text: str, status: str) -> None:
    for read in (read_health, read_member):
        assert seen(read, text).status == status


def test_what_a_probe_does_not_understand_is_quoted() -> None:
    assert seen(read_disk, "full%").text == "unreadable answer: 'full%'"


def test_a_fault_of_ours_is_not_taken_for_the_daemons() -> None:
    def broken(output: Output) -> tuple[Status, str, dict[str, str]]:
        raise AssertionError

    with pytest.raises(AssertionError):
        seen(broken, "")


DISKS = [("7", "ok"), ("84", "ok"), ("85", "degraded"), ("94", "degraded"), ("95", "down"), ("100", "down")]


@pytest.mark.parametrize(("used", "status"), DISKS)
def test_disk(used: str, status: str) -> None:
    assert read_disk(Output(0, f" {used}%\n"))[0] == status


@pytest.mark.parametrize(
    ("answer", "status", "text"),
    [
        ({"state": "running", "role": "primary", "timeline": 3}, "ok", "primary"),
        ({"state": "running", "role": "master"}, "ok", "primary"),
        ({"state": "running", "role": "replica", "replication_state": "streaming"}, "ok", "replica, streaming"),
        (
            {"state": "running", "role": "replica", "replication_state": "streaming", "tags": {"nofailover": True}},
            "ok",
            "replica, streaming, never promoted",
        ),
        ({"state": "running", "role": "replica"}, "degraded", "replica, none"),
        ({"state": "starting", "role": "replica"}, "down", "replica, starting"),
        ({}, "down", "unknown, None"),
    ],
)
def test_patroni(answer: dict[str, object], status: str, text: str) -> None:
    assert read_member(Output(0, json.dumps(answer)))[:2] == (status, text)


@pytest.mark.parametrize(
    ("text", "status", "words"),
    [
        ("# Replication\r\nrole:master\r\nconnected_slaves:2\r\n", "ok", "primary of 2"),
        ("role:slave\r\nmaster_host:10.0.0.41\r\nmaster_link_status:up\r\n", "ok", "replica"),
        ("role:slave\r\nmaster_link_status:down\r\n", "degraded", "replica without its primary"),
        ("NOAUTH Authentication required.\n", "down", "valkey does not answer"),
    ],
)
def test_valkey(text: str, status: str, words: str) -> None:
    assert read_server(Output(0, text))[:2] == (status, words)


def seen(read: Read, text: str) -> Reading:
    return as_reading(Probe("any", "probe", "true", read), Output(0, text))
