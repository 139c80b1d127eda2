"""A mailbox and a webhook on this computer, as the monitors of a lab reach them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from time import monotonic, sleep
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as Handler

SMTP, HTTP = 2525, 8125
ALERTS = f"""
[alerts]
email = "ops@example.com"
smtp = {{{{ host = "{{host}}:{SMTP}", sender = "alerts@example.com", starttls = false }}}}
webhook = "http://{{host}}:{HTTP}/alerts"
"""
"""For the spec, with the `host` on which they listen."""


@dataclass
class Received:
    """Everything that has come, in the order of its arrival."""

    mails: list[Message] = field(default_factory=list)
    posts: list[dict[str, Any]] = field(default_factory=list)

    def subjects(self) -> list[str]:
        return [str(mail["Subject"]) for mail in self.mails]

    def text_of(self, subject: str) -> str:
        mail = next(each for each in self.mails if each["Subject"] == subject)
        parts = [part for part in mail.walk() if part.get_content_type() == "text/plain"]
        return b"".join(part.get_payload(decode=True) or b"" for part in parts).decode()  # type: ignore[misc]

    def alerts(self, status: str) -> list[tuple[str, str]]:
        """(alert, server) of every alert with that status in any post."""
        told = [alert for post in self.posts for alert in post["alerts"] if alert["status"] == status]
        return [(a["labels"]["alertname"], a["labels"].get("server", "")) for a in told]

    def await_all(self, there: Callable[[Received], bool], within: float) -> None:
        deadline = monotonic() + within
        while not there(self):
            assert monotonic() < deadline, f"{self.subjects()} {self.posts} after {within:.0f} s"
            sleep(0.2)


@contextmanager
def receiving(address: str, smtp_port: int, http_port: int) -> Iterator[Received]:
    """Both at work on an address of this computer."""
    received = Received()

    class Keep(Handler):
        def handle_message(self, message: Message) -> None:
            received.mails.append(message)

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.posts.append(json.loads(body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *arguments: Any) -> None:
            pass

    smtp = Controller(Keep(), hostname=address, port=smtp_port)
    hook = ThreadingHTTPServer((address, http_port), Hook)
    smtp.start()
    Thread(target=hook.serve_forever, daemon=True).start()
    try:
        yield received
    finally:
        hook.shutdown()
        hook.server_close()
        smtp.stop()
