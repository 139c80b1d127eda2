"""Alerts on what every server has: is it there, do its daemons run, is there room."""

from __future__ import annotations

from collections.abc import Iterable

from colonnade.model.layout import Layout
from colonnade.model.rules import AlertRule, Rule, Severity

LOST = """{{ $labels.server }} ({{ $labels.roles }}) answers none of the monitors' questions. \
{{ if query "site:serves:bool == 1" }}The site serves{{ else }}The site does not serve{{ end }}. \
{{ range query "sort(tier:spare:count)" }}{{ .Labels.tier }}: {{ if lt .Value 0.0 }}does not serve\
{{ else }}can lose {{ .Value }} more{{ end }}. {{ end }}""".replace("\\\n", "")
ROOT = 'mountpoint="/"'
FREE = f"node_filesystem_avail_bytes{{{ROOT}}} / node_filesystem_size_bytes{{{ROOT}}}"
PERCENT = "{{ $value | humanizePercentage }}"
WARNING, CRITICAL = Severity.WARNING, Severity.CRITICAL


def alerts(layout: Layout) -> Iterable[Rule]:
    yield from _there()
    yield from _room()
    yield from _clock()


def _there() -> Iterable[Rule]:
    yield AlertRule(
        "ServerDown",
        'up{job="exporters/node"} == 0 and on (server) max by (server) (up) == 0',
        CRITICAL,
        "server",
        "{{ $labels.server }} is lost",
        LOST,
        hold="20s",
        # Until the last of its daemons is back as well: what is not yet is part of the same loss, and not told apart.
        linger="1m",
    )
    yield AlertRule(
        "TargetDown",
        "up == 0",
        WARNING,
        "server",
        "{{ $labels.component }} on {{ $labels.server }} gives no numbers",
        "{{ $labels.job }} at {{ $labels.instance }} has not answered for a minute: it is down, frozen, or cut off.",
        hold="1m",
    )
    yield AlertRule(
        "UnitDown",
        'node_systemd_unit_state{state="active"} == 0',
        WARNING,
        "server",
        "{{ $labels.name }} does not run on {{ $labels.server }}",
        "systemd on {{ $labels.server }} has not had {{ $labels.name }} active for a minute.",
        hold="1m",
    )


def _room() -> Iterable[Rule]:
    # 5 %: Debian's default reserve for root, past it daemons that are not root cannot write.
    yield AlertRule(
        "DiskFull",
        f"{FREE} < 0.05",
        CRITICAL,
        "server",
        "the disk of {{ $labels.server }} is full",
        f"{PERCENT} of its disk is left; databases stop when nothing is.",
        hold="1m",
    )
    yield AlertRule(
        "DiskFills",
        f"predict_linear(node_filesystem_avail_bytes{{{ROOT}}}[6h], 86400) < 0 and {FREE} < 0.4",
        WARNING,
        "server",
        "the disk of {{ $labels.server }} will be full within a day",
        "At the pace of the last six hours it lacks {{ $value | humanize1024 }}B in a day.",
        hold="30m",
    )
    yield AlertRule(
        "MemoryShort",
        "node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes < 0.05",
        WARNING,
        "server",
        "{{ $labels.server }} has little memory left",
        f"{PERCENT} of its memory is free or could be freed; the kernel kills a daemon when nothing is.",
        hold="5m",
    )
    yield AlertRule(
        "ProcessorBusy",
        'avg by (server) (rate(node_cpu_seconds_total{mode="idle"}[5m])) < 0.05',
        WARNING,
        "server",
        "the processors of {{ $labels.server }} are busy",
        f"{PERCENT} of their time was idle in the last minutes: work waits for its turn.",
        hold="15m",
    )
    yield AlertRule(
        "ConnectionTableFull",
        "node_nf_conntrack_entries / node_nf_conntrack_entries_limit > 0.8",
        WARNING,
        "server",
        "{{ $labels.server }} can track few more connections",
        f"{PERCENT} of the kernel's table is in use; once it is full, new connections are dropped.",
        hold="5m",
    )


def _clock() -> Iterable[Rule]:
    yield AlertRule(
        "ClockSkew",
        "abs(node_time_seconds - timestamp(node_time_seconds)) > 1",
        WARNING,
        "server",
        "the clock of {{ $labels.server }} is wrong",
        "It differs by {{ $value | humanizeDuration }} from its monitor's; leases and certificates live by clocks.",
        hold="2m",
    )
