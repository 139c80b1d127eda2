"""Maintenance: the balancers answer for an app, with a page of its own or ours.

Which apps stands in a file that HAProxy reads at each start; the admin socket makes it so at once, without a reload and
without closing a connection.
"""

from __future__ import annotations

from colonnade.components.admin_socket import FOLDER, tell
from colonnade.components.rendering import render
from colonnade.model.app import App

FILE = f"{FOLDER}/maintenance"
PAGES = "/etc/haproxy/maintenance"
# HAProxy refuses to start without the file.
EXISTS = f"{{ mkdir -p {FOLDER} && touch {FILE}; }}"
# Seconds after which a browser, a crawler or a client may ask again.
RETRY_AFTER = 300


def page_path(app: App) -> str:
    return f"{PAGES}/{app.name}.html"


def page(app: App) -> str:
    return app.maintenance or render("haproxy", f"{PAGES}/page.html")


def turn_on(app: str, socket: str) -> str:
    """A shell script; more than once does no harm."""
    known = f"{tell(socket, f'show acl {FILE}')} | grep -q ' {app}$'"
    return f"{_write(app, added=True)} && {{ {known} || {_told(f'add acl {FILE} {app}', socket)}; }}"


def turn_off(app: str, socket: str) -> str:
    return f"{_write(app, added=False)} && {_told(f'del acl {FILE} {app}', socket)}"


def _write(app: str, *, added: bool) -> str:
    others = f"grep -vxF {app} {FILE} || true"
    more = f"; echo {app}" if added else ""
    return f"{EXISTS} && {{ {others}{more}; }} >{FILE}.new && mv {FILE}.new {FILE}"


def _told(words: str, socket: str) -> str:
    """Where no HAProxy runs the file is enough; one that hangs has not been told."""
    return f"{{ {tell(socket, words)} >/dev/null 2>&1 || [ $? -le 1 ]; }}"
