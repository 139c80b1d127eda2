"""Who gets which alert, and which alerts another one already tells."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from colonnade.components.alertmanager.options import AlertsOptions
from colonnade.model.layout import Layout

Tree = dict[str, Any]
TEMPLATES = "/etc/prometheus/colonnade.tmpl"
# What is lost together is one message: the rules are computed every ten seconds.
WAIT = "15s"
# What comes later to the same alert, its end among it.
INTERVAL = "1m"
REPEAT = "4h"


def configuration(layout: Layout) -> Tree:
    options = layout.site.option(AlertsOptions)
    receivers = [{"name": "nobody"}, {"name": "everybody", **_everybody(layout, options)}, *_watchdog(options)]
    return {
        "templates": [TEMPLATES],
        "route": _route(options),
        "inhibit_rules": list(_inhibitions()),
        "receivers": receivers,
    }


def _route(options: AlertsOptions) -> Tree:
    beat = {"group_wait": "0s", "group_interval": "1m", "repeat_interval": "1m"} if options.watchdog else {}
    receiver = "watchdog" if options.watchdog else "nobody"
    return {
        "receiver": "everybody",
        "group_by": ["alertname"],
        "group_wait": WAIT,
        "group_interval": INTERVAL,
        "repeat_interval": REPEAT,
        "routes": [
            {"matchers": ['alertname="Watchdog"'], "receiver": receiver, **beat},
            {"matchers": ['severity="info"'], "receiver": "nobody"},
        ],
    }


def _inhibitions() -> Iterator[Tree]:
    """A lost server is one message: it says what each tier can still lose, so nothing else need say it."""
    lost = ['alertname="ServerDown"']
    yield {"source_matchers": lost, "target_matchers": ['alertname!="ServerDown"'], "equal": ["site", "server"]}
    yield {
        "source_matchers": lost,
        "target_matchers": ['alertname=~"TierAtMinimum|AlertmanagersApart"'],
        "equal": ["site"],
    }
    yield {
        "source_matchers": ['alertname="TierDown"'],
        "target_matchers": ['severity="warning"'],
        "equal": ["site", "tier"],
    }


def _everybody(layout: Layout, options: AlertsOptions) -> Tree:
    found: Tree = {}
    if options.email:
        found["email_configs"] = [_mail(layout, options, address) for address in options.email]
    if options.webhook:
        found["webhook_configs"] = [{"url": url, "send_resolved": True} for url in options.webhook]
    if options.slack:
        found["slack_configs"] = [_slack(layout.vault.value(options.slack) or "")]
    return found


def _mail(layout: Layout, options: AlertsOptions, address: str) -> Tree:
    smtp = options.smtp
    assert smtp is not None  # noqa: S101 - the options ask for it where there is an address
    login: Tree = {}
    if smtp.user:
        password = (layout.vault.value(smtp.password) or "") if smtp.password else ""
        login = {"auth_username": smtp.user, "auth_password": password}
    return {
        "to": address,
        "from": smtp.sender,
        "smarthost": smtp.host,
        "require_tls": smtp.starttls,
        "hello": layout.site.domain,
        **login,
        "send_resolved": True,
        "headers": {"Subject": '{{ template "colonnade.subject" . }}'},
        "text": '{{ template "colonnade.text" . }}',
        "html": "",
    }


def _slack(url: str) -> Tree:
    return {
        "api_url": url,
        "send_resolved": True,
        "title": '{{ template "colonnade.subject" . }}',
        "text": '{{ template "colonnade.text" . }}',
        "fallback": '{{ template "colonnade.subject" . }}',
        "title_link": "",
    }


def _watchdog(options: AlertsOptions) -> list[Tree]:
    if not options.watchdog:
        return []
    return [{"name": "watchdog", "webhook_configs": [{"url": options.watchdog, "send_resolved": False}]}]
