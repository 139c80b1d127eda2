"""The site as Prometheus sees it, for a page on a monitor: the same readings as over SSH, by other means. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from colonnade.dashboard.prometheus import Sample
from colonnade.dashboard.snapshot import Load, Way
from colonnade.model.observation import Reading, Status
from colonnade.model.outline import Outline

NOW = {
    "up": "up",
    "units": 'node_systemd_unit_state{state="active"}',
    "patroni": '{__name__=~"patroni_(primary|postgres_streaming|xlog_location|xlog_replayed_location)"}',
    "valkey": '{__name__=~"redis_(instance_info|master_link_up)"}',
    "addresses": "node_network_address_info",
    "certificates": "min by (server) (colonnade_certificate_end_timestamp_seconds) - time()",
    "releases": "colonnade_release_info",
    "cpu": '100 * (1 - avg by (server) (rate(node_cpu_seconds_total{mode="idle"}[1m])))',
    "disk": '100 * (1 - node_filesystem_avail_bytes{mountpoint="/"} / node_filesystem_size_bytes{mountpoint="/"})',
    "states": 'haproxy_server_status{proxy=~"web|app-.*|primary|replicas|cache"} == 1',
    "rates": "sum by (server, proxy, exported_server) (rate(haproxy_server_http_responses_total[1m]))",
}
# Units whose component has another name.
OWNERS = {
    "valkey-server": "valkey", "valkey-sentinel": "valkey", "prometheus-alertmanager": "alertmanager",
    "colonnade-endpoints": "endpoints", "colonnade-dashboard": "dashboard",
}  # fmt: skip
# Days before their end from which certificates are told of, as the probe over SSH has it.
SOON = 30
TIERS = {"primary": "db", "replicas": "db", "cache": "cache"}

Answers = Mapping[str, Sequence[Sample] | None]
Readings = dict[str, tuple[Reading, ...]]


@dataclass(frozen=True, slots=True)
class _Server:
    """What is known of one."""

    name: str
    heard: bool
    silent: frozenset[str]
    """Components of which something does not answer."""
    active: Mapping[str, bool]
    """By unit."""


def readings(outline: Outline, units: Mapping[str, Sequence[str]], answers: Answers, why: str) -> Readings:
    """Of every server; `units` are those that should run there. `why` is said where nobody could be asked."""
    if answers.get("up") is None:
        return {place.name: _unseen((), why) for place in outline.servers}
    found = {}
    for place in outline.servers:
        server, own = _server(place.name, answers), units.get(place.name, ())
        heard = tuple(_of(server, own, outline, answers)) if server.heard else ()
        found[place.name] = heard or _unseen(own, "no monitor hears it")
    return found


def _unseen(units: Sequence[str], why: str) -> tuple[Reading, ...]:
    found = tuple(Reading(owner(unit), unit, Status.UNKNOWN, why) for unit in units)
    return found or (Reading("base", "server", Status.UNKNOWN, why),)


def _own(answers: Answers, question: str, server: str) -> list[Sample]:
    """What was told of one server."""
    return [each for each in answers.get(question) or () if each.labels.get("server") == server]


def _server(name: str, answers: Answers) -> _Server:
    ups = _own(answers, "up", name)
    silent = frozenset(each.labels.get("component", "") for each in ups if each.value == 0)
    active = {each.labels.get("name", ""): each.value == 1 for each in _own(answers, "units", name)}
    return _Server(name, any(each.value == 1 for each in ups), silent, active)


def owner(unit: str) -> str:
    """The component that a unit belongs to."""
    stem = unit.removesuffix(".service")
    if "@" in stem:
        return "app"
    if stem.endswith("-exporter"):
        return "exporters"
    return OWNERS.get(stem, stem)


def _of(server: _Server, units: Sequence[str], outline: Outline, answers: Answers) -> Iterable[Reading]:
    for unit in units:
        component = owner(unit)
        facts, word = _facts(unit, component, server.name, outline, answers)
        if unit not in server.active:
            yield Reading(component, unit, Status.UNKNOWN, "no monitor knows whether it runs")
        elif not server.active[unit]:
            yield Reading(component, unit, Status.DOWN, "is not running")
        elif component in server.silent and component != "exporters":
            yield Reading(component, unit, Status.DOWN, "does not answer")
        elif facts.get("replication") == "none" or facts.get("linked") == "no":
            yield Reading(component, unit, Status.DEGRADED, "replica without its primary", facts)
        else:
            yield Reading(component, unit, Status.OK, word, facts)
    yield from _days(server.name, answers)


def _days(name: str, answers: Answers) -> Iterable[Reading]:
    for each in _own(answers, "certificates", name):
        days = int(each.value // 86400)
        status = Status.OK if days > SOON else Status.DEGRADED if days > 0 else Status.DOWN
        facts = {"certificate_days": str(days)}
        yield Reading("tls", "certificates", status, f"certificates end in {days} days", facts)


def _facts(unit: str, component: str, name: str, outline: Outline, answers: Answers) -> tuple[dict[str, str], str]:
    """Facts, and the word for them."""
    if component == "patroni":
        return _patroni(name, answers)
    if component == "valkey" and not unit.startswith("valkey-sentinel"):
        return _valkey(name, answers)
    if component == "keepalived":
        present = {each.labels.get("address", "") for each in _own(answers, "addresses", name)}
        held = [address for address in outline.addresses if address in present]
        return {"addresses": " ".join(held)}, f"holds {', '.join(held)}" if held else "stands by"
    if component == "app":
        current = [each.labels.get("release", "") for each in _own(answers, "releases", name)]
        return ({"release": current[0]}, f"release {current[0]}") if current else ({}, "")
    return {}, ""


def _patroni(name: str, answers: Answers) -> tuple[dict[str, str], str]:
    own = {each.labels.get("__name__"): each.value for each in _own(answers, "patroni", name)}
    if "patroni_primary" not in own:
        return {}, ""
    if own["patroni_primary"] == 1:
        return {"role": "primary", "wal": f"{own.get('patroni_xlog_location', 0):.0f}"}, "primary"
    streams = own.get("patroni_postgres_streaming") == 1
    facts = {"role": "replica", "replication": "streaming" if streams else "none"}
    return {**facts, "wal": f"{own.get('patroni_xlog_replayed_location', 0):.0f}"}, "replica, streaming"


def _valkey(name: str, answers: Answers) -> tuple[dict[str, str], str]:
    own = {each.labels.get("__name__"): each for each in _own(answers, "valkey", name)}
    if "redis_instance_info" not in own:
        return {}, ""
    if own["redis_instance_info"].labels.get("role") == "master":
        return {"role": "primary"}, "primary"
    linked = own["redis_master_link_up"].value if "redis_master_link_up" in own else 1.0
    return {"role": "replica", "linked": "yes" if linked else "no"}, "replica"


def loads(answers: Answers) -> dict[str, Load]:
    cpu, disk = ({s.labels.get("server", ""): s.value for s in answers.get(key) or ()} for key in ("cpu", "disk"))
    return {name: Load(cpu.get(name), disk.get(name)) for name in cpu.keys() | disk.keys()}


def ways(answers: Answers) -> Iterable[Way]:
    """As HAProxies count them: a series for the state that each server of theirs is in."""
    rates = {_key(s): s.value for s in answers.get("rates") or ()}
    workers: dict[tuple[str, str], list[tuple[bool, float | None]]] = {}
    for each in answers.get("states") or ():
        here, proxy, there = key = _key(each)
        up, rate = each.labels.get("state") == "UP", rates.get(key)
        if proxy == "web":
            drained = each.labels.get("state") in ("DRAIN", "MAINT", "NOLB")
            state = Status.OK if up else Status.DEGRADED if drained else Status.DOWN
            yield Way(f"lb:{here}", f"web:{there}", state, rate, "drained" if drained else "")
        elif proxy.startswith("app-"):
            workers.setdefault((here, there.rpartition("-")[0]), []).append((up, rate))
        elif up:
            yield Way(f"app:{here}", f"{TIERS[proxy]}:{there}", text=proxy)
    for (here, there), several in workers.items():
        count = sum(up for up, _ in several)
        state = Status.DOWN if not count else Status.OK if count == len(several) else Status.DEGRADED
        rated = [rate for _, rate in several if rate is not None]
        yield Way(
            f"web:{here}", f"app:{there}", state, sum(rated) if rated else None, f"{count} of {len(several)} workers up"
        )


def _key(sample: Sample) -> tuple[str, str, str]:
    return tuple(sample.labels.get(name, "") for name in ("server", "proxy", "exported_server"))  # type: ignore[return-value]
