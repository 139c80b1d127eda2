"""Which alerts fire, as a monitor's own Prometheus has them."""

from __future__ import annotations

import asyncio
import json
from time import monotonic

from tests.lab.bench import Bench

ASK = (
    "cd /etc/colonnade/tls/prometheus && curl -s --cacert ca.crt --cert server.crt --key server.key "
    '"https://$(hostname):9090/api/v1/alerts"'
)


async def firing(own: Bench, monitor: str) -> set[str]:
    """Their names; of those that look at several windows of time with the window: ErrorBudgetBurns:1h."""
    answer = json.loads(await own.run(monitor, ASK))
    labels = [each["labels"] for each in answer["data"]["alerts"] if each["state"] == "firing"]
    return {":".join(each[key] for key in ("alertname", "window") if key in each) for each in labels}


async def fired(own: Bench, monitor: str, alerts: set[str], within: float) -> None:
    """All of them have, at one time or another."""
    began, seen = monotonic(), set[str]()
    while lacking := alerts - seen:
        assert monotonic() - began < within, f"not fired: {sorted(lacking)}; fired: {sorted(seen)}"
        for alert in await firing(own, monitor) - seen:
            print(f"{alert}: after {monotonic() - began:.0f} s")
            seen.add(alert)
        await asyncio.sleep(2)


async def over(own: Bench, monitor: str, alerts: set[str], within: float) -> None:
    """None of them fires any more."""
    began = monotonic()
    while left := await firing(own, monitor) & alerts:
        assert monotonic() - began < within, f"still firing: {sorted(left)}"
        await asyncio.sleep(2)
    print(f"over after {monotonic() - began:.0f} s")
