"""Alerts on virtual addresses: each has one holder, no more and no less."""

from __future__ import annotations

from collections.abc import Iterable

from colonnade.model.layout import Layout
from colonnade.model.rules import AlertRule, Rule, Severity


def alerts(layout: Layout) -> Iterable[Rule]:
    ours = "|".join(vip.address.replace(".", "[.]") for vip in layout.site.vips)
    series = f'node_network_address_info{{address=~"{ours}"}}'
    held, before = (f"count by (address, server) ({each})" for each in (series, f"{series} offset 5m"))
    yield AlertRule(
        "AddressHeldTwice",
        f"count by (address) ({held}) > 1",
        Severity.CRITICAL,
        "balancer",
        "{{ $labels.address }} is held by {{ $value }} balancers",
        "The balancers do not hear each other, and each believes that it is the only one: visitors reach either.",
        hold="20s",
    )
    for vip in layout.site.vips:
        yield AlertRule(
            "AddressUnheld",
            f'absent(node_network_address_info{{address="{vip.address}"}})',
            Severity.CRITICAL,
            "balancer",
            f"nobody holds {vip.address}",
            f"No balancer that answers has {vip.address}: visitors who use it reach nothing.",
            hold="20s",
            labels=(("address", vip.address),),
        )
    yield AlertRule(
        "AddressMoved",
        f"({held} unless {before}) and on (address) {before}",
        Severity.INFO,
        "balancer",
        "{{ $labels.address }} moved to {{ $labels.server }}",
        "{{ $labels.server }} has taken {{ $labels.address }} over from another balancer within five minutes.",
    )
