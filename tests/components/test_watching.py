"""What monitors see: every listener with metrics is a target that they may reach; every rule says what to do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from colonnade.components.alertmanager.options import AlertsOptions, SmtpTable
from colonnade.components.slo.options import SloOptions
from colonnade.model.layout import Layout, Listener
from colonnade.model.resources import File
from colonnade.model.rules import AlertRule, Recording, Severity
from colonnade.model.site import Role
from colonnade.model.textfile import FOLDER
from colonnade.onhost.host import MANIFEST
from tests.sites import NAMES, ROOT, design_of, designed, example, file_of, with_options

CONFIG = "/etc/prometheus/prometheus.yml"
RULES = "/etc/prometheus/rules/colonnade.yml"
RECEIVERS = "/etc/prometheus/alertmanager.yml"
RUNBOOKS = ROOT / "docs/runbooks"
CASES = ROOT / "tests/rules"
# Of all components, what a rule may use that no exporter's page has: recorded by other rules, or Prometheus' own.
MAIL = SmtpTable(host="mail.example.com:587", sender="alerts@example.com")

each_example = pytest.mark.parametrize("name", NAMES)


def content(name: str, path: str) -> Any:
    monitor = designed(name).layout.having(Role.MONITOR)[0]
    return yaml.safe_load(file_of(designed(name), monitor.name, path))


def measured(layout: Layout) -> Iterator[Listener]:
    return (one for one in layout.listeners if one.metrics is not None)


@each_example
def test_every_listener_with_metrics_is_scraped_once(name: str) -> None:
    found = [
        (target, config["metrics_path"])
        for config in content(name, CONFIG)["scrape_configs"]
        for group in config["static_configs"]
        for target in group["targets"]
    ]
    wanted = [
        (f"{one.server}:{one.port}", (one.metrics or "").partition("?")[0]) for one in measured(designed(name).layout)
    ]
    assert sorted(found) == sorted(wanted)
    assert {target.partition(":")[0] for target, _ in found} == set(designed(name).servers)


@each_example
def test_monitors_may_reach_what_they_scrape_and_nobody_knows_it_by_another_name(name: str) -> None:
    layout = designed(name).layout
    named = {(c.server, c.component) for c in layout.certificates if c.server in c.names}
    for one in measured(layout):
        assert Role.MONITOR in one.allow, one
        assert any(c.startswith(one.component) for server, c in named if server == one.server), one


@each_example
def test_every_scrape_and_every_alert_goes_over_tls_with_a_certificate(name: str) -> None:
    config = content(name, CONFIG)
    jobs = [*config["scrape_configs"], *config["alerting"]["alertmanagers"]]
    for job in jobs:
        assert job["scheme"] == "https"
        assert {"ca_file", "cert_file", "key_file"} <= job["tls_config"].keys()
        assert "insecure_skip_verify" not in job["tls_config"]


@each_example
def test_every_monitor_watches_by_the_same_rules_and_tells_every_alertmanager(name: str) -> None:
    monitors = designed(name).layout.having(Role.MONITOR)
    for path in (CONFIG, RULES, RECEIVERS):
        texts = {f.content for m in monitors for _, f in designed(name).servers[m.name].all(File) if f.path == path}
        assert len(texts) == 1, path
    (group,) = content(name, CONFIG)["alerting"]["alertmanagers"][0]["static_configs"]
    assert group["targets"] == [f"{monitor.name}:9093" for monitor in monitors]


@cache
def alerts() -> dict[str, list[AlertRule]]:
    found: dict[str, list[AlertRule]] = {}
    for name in NAMES:
        for rule in designed(name).layout.rules:
            if isinstance(rule, AlertRule):
                found.setdefault(rule.name, []).append(rule)
    return found


def test_every_alert_has_a_page_and_a_case_and_none_is_left_over() -> None:
    assert {page.stem for page in RUNBOOKS.glob("*.md")} == alerts().keys()
    assert {case.stem for case in CASES.glob("*.yml")} == alerts().keys()


@pytest.mark.parametrize("name", sorted(alerts()))
def test_a_page_says_what_it_means_where_to_look_and_what_to_do(name: str) -> None:
    text = (RUNBOOKS / f"{name}.md").read_text()
    assert re.match(rf"# {name}\n\n\S.{{60,}}", text)
    assert re.search(r"\n## Look at\n\n- .+", text)
    assert re.search(r"\n## Do\n\n- .+", text)
    for link in re.findall(r"\]\((\w+)\.md\)", text):
        assert link in alerts()


@pytest.mark.parametrize("name", sorted(alerts()))
def test_an_alert_says_what_is_wrong_in_words(name: str) -> None:
    for rule in alerts()[name]:
        assert rule.name == re.sub(r"\W", "", rule.name)
        assert rule.summary and not rule.summary.endswith(".")
        assert rule.description.rstrip().endswith((".", "{{ end }}"))
        assert rule.tier in {"site", "server", "balancer", "web", "app", "database", "cache", "etcd", "monitor"}
        # A text that jumps on a single failed scrape wakes people for nothing.
        assert rule.severity is Severity.INFO or rule.hold not in ("", "0s")


def test_what_the_tiers_can_lose_is_what_status_says() -> None:
    spare = {
        dict(r.labels)["tier"]: r.expr
        for r in designed("guestbook").layout.rules
        if isinstance(r, Recording) and r.labels
    }
    assert spare.keys() == {"balancer", "web", "app", "database", "etcd", "cache"}
    needed = {tier: int(expr.rpartition(" - ")[2]) for tier, expr in spare.items()}
    assert needed == {"balancer": 1, "web": 1, "app": 1, "database": 2, "etcd": 2, "cache": 2}


def test_a_promise_becomes_limits() -> None:
    site = with_options(example("trio"), SloOptions(availability="99.95%", latency="250ms", fast="99.5%"))
    rules = [rule for rule in design_of(site).layout.rules if isinstance(rule, AlertRule)]
    errors = [rule.expr for rule in rules if rule.name == "ErrorBudgetBurns"]
    assert [re.findall(r"> ([\d.]+) and", expr)[0] for expr in errors] == ["0.0072", "0.003", "0.0015", "0.0005"]
    slow = [rule.expr for rule in rules if rule.name == "LatencyBudgetBurns"]
    assert all('le="0.25"' in expr for expr in slow)
    assert [re.findall(r"> ([\d.]+) and", expr)[0] for expr in slow] == ["0.072", "0.03", "0.015", "0.005"]


def test_receivers_get_what_they_ask_for_and_the_firewall_lets_it_out() -> None:
    options = AlertsOptions(
        email=("ops@example.com", "boss@example.com"),
        smtp=MAIL,
        webhook=("http://hooks.example.com:8088/a",),
        watchdog="https://watch.example.net/shop",
    )
    design = design_of(with_options(example("guestbook"), options))
    files = {file.path: file.content for _, file in design.servers["mon1"].all(File)}
    tree = yaml.safe_load(files[RECEIVERS])
    receivers = {each["name"]: each for each in tree["receivers"]}
    assert [mail["to"] for mail in receivers["everybody"]["email_configs"]] == list(options.email)
    assert receivers["everybody"]["webhook_configs"][0]["url"] == options.webhook[0]
    assert receivers["watchdog"]["webhook_configs"][0]["url"] == options.watchdog
    rules = files["/etc/nftables.conf"]
    assert "tcp dport 587 accept" in rules
    assert "tcp dport 8088 accept" in rules
    others = file_of(design, "web1", "/etc/nftables.conf")
    assert "dport 587" not in others


def test_without_receivers_nobody_is_told_and_nothing_fails() -> None:
    tree = content("guestbook", RECEIVERS)
    assert [each for each in tree["receivers"] if len(each) > 1] == []


def test_what_node_exporter_reads_is_not_below_what_only_root_may_enter() -> None:
    """The manifest's folder is root's alone."""
    assert not FOLDER.startswith(f"{Path(MANIFEST).parent}/")
