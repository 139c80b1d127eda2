"""Certificates that end soon: nobody has applied for two months."""

from __future__ import annotations

from collections.abc import Iterable

from colonnade.model.layout import Layout
from colonnade.model.rules import AlertRule, Rule, Severity

METRIC = "colonnade_certificate_end_timestamp_seconds"
SUMMARY = "a certificate of {{ $labels.server }} ends soon"
TEXT = "The certificate of {{ $labels.daemon }} there ends in {{ $value | humanizeDuration }}."


def alerts(layout: Layout) -> Iterable[Rule]:
    left = f"{METRIC} - time()"
    for days, severity in ((21, Severity.WARNING), (7, Severity.CRITICAL)):
        yield AlertRule("CertificateEnds", f"{left} < {days * 86400}", severity, "server", SUMMARY, TEXT, hold="5m")
