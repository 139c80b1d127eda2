"""The page in parts. Each is sent again when it changed, and only then."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from colonnade.dashboard import words
from colonnade.dashboard.charts import charts
from colonnade.dashboard.picture import narrow, told, wide
from colonnade.dashboard.snapshot import Alert, Snapshot
from colonnade.observe.releases import releases
from colonnade.observe.status import certificate_days
from colonnade.visual import VISUAL
from colonnade.visual.words import clean

PAGE = Path(__file__).parent / "page"
# In the order in which an incident is worked.
PARTS = ("verdict", "picture", "traffic", "alerts", "timeline", "servers", "sources")
# More are counted and folded away: a page with 500 alerts is for nobody.
MOST_ALERTS = 20
MOST_IN_GROUP = 30
MOST_EVENTS = 40
MOST_REASONS = 4

Parts = Mapping[str, str]


@cache
def environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader((PAGE, VISUAL)),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(words=words, told=told)
    return made


def parts(snap: Snapshot) -> Parts:
    """HTML by the id of the element that it fills."""
    template = environment().get_template("parts.html.j2")
    module: Any = template.make_module({"snap": snap, "view": _view(snap)})
    return {name: clean(str(getattr(module, name)())) for name in PARTS}


def whole(snap: Snapshot | None, name: str, user: str = "") -> str:
    """The document, filled already: it can be read before the first event, and without any script."""
    filled = parts(snap) if snap else {}
    return clean(environment().get_template("page.html.j2").render(name=name, parts=filled, ids=PARTS, user=user))


def title(snap: Snapshot) -> str:
    return f"{snap.outline.name}: {snap.status.verdict}"


def _view(snap: Snapshot) -> dict[str, Any]:
    return {
        "wide": wide(snap),
        "narrow": narrow(snap),
        "charts": charts(snap),
        "alerts": None if snap.alerts is None else grouped(snap.alerts),
        "events": snap.events[:MOST_EVENTS],
        "reasons": snap.status.reasons[:MOST_REASONS],
        "more_reasons": snap.status.reasons[MOST_REASONS:],
        "releases": releases(snap.status.servers),
        "certificate_days": certificate_days(snap.status.servers),
        "most_alerts": MOST_ALERTS,
        "most_in_group": MOST_IN_GROUP,
    }


def grouped(alerts: tuple[Alert, ...]) -> list[tuple[Alert, tuple[Alert, ...]]]:
    """Alerts of one name together, the worst and oldest name first: (the first of them, all of them)."""
    order = list(dict.fromkeys(alert.name for alert in alerts))
    by_name = sorted(alerts, key=lambda alert: order.index(alert.name))
    found = [tuple(same) for _, same in groupby(by_name, key=lambda alert: alert.name)]
    return [(same[0], same) for same in found]
