"""`[alerts]`: who is told when something is wrong."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

Secret = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
PORTS = {"http": 80, "https": 443}


def _wrong(problem: str, hint: str) -> PydanticCustomError:
    return PydanticCustomError("spec", "{problem}", {"problem": problem, "hint": hint})


def _mail(text: str) -> str:
    name, at, host = text.rpartition("@")
    if not (name and at and host) or any(char.isspace() or char in "<>,;" for char in text) or not text.isprintable():
        raise _wrong(f'expected a mail address, got "{text}"', 'write it as "ops@example.com"')
    return text


def _url(text: str) -> str:
    try:
        parts = urlsplit(text)
        fits = parts.scheme in PORTS and bool(parts.hostname) and (parts.port or 1) > 0 and text.isprintable()
    except ValueError:
        fits = False
    if not fits:
        raise _wrong(f'expected a URL, got "{text}"', 'write it as "https://hooks.example.com/alerts"')
    return text


def _server(text: str) -> str:
    host, colon, port = text.rpartition(":")
    if not (host and colon and port.isdecimal() and 0 < int(port) < 65536) or any(char.isspace() for char in text):
        raise _wrong(f'expected a host and a port, got "{text}"', 'write it as "mail.example.com:587"')
    return text


def _one_or_more(value: Any) -> Any:
    return (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list) else value


Mail = Annotated[str, AfterValidator(_mail)]
Url = Annotated[str, AfterValidator(_url)]
Mails = Annotated[tuple[Mail, ...], BeforeValidator(_one_or_more, json_schema_input_type=str | list[str])]
Urls = Annotated[tuple[Url, ...], BeforeValidator(_one_or_more, json_schema_input_type=str | list[str])]
Host = Annotated[str, AfterValidator(_server)]


class SmtpTable(BaseModel):
    """The mail server that takes the messages."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: Host = Field(examples=["mail.example.com:587"], description="its name and port; 465 is TLS from the start")
    sender: Mail = Field(examples=["alerts@shop.example.com"], description="address in the From line")
    starttls: bool = Field(default=True, description="refuse to send without TLS")
    user: str | None = Field(default=None, examples=["alerts"], description="login name, where it asks for one")
    password: Secret | None = Field(
        default=None, examples=["SMTP_PASSWORD"], description="name of its secret, set with `colonnade secrets set`"
    )

    @field_validator("password")
    @classmethod
    def _login(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value and not info.data.get("user"):
            raise _wrong("a password without a user", 'add user = "…" beside it')
        return value


class AlertsOptions(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    email: Mails = Field(default=(), examples=["ops@example.com"], description="addresses that get a mail")
    smtp: SmtpTable | None = Field(default=None, description="the mail server", validate_default=True)
    webhook: Urls = Field(
        default=(), examples=["https://hooks.example.com/alerts"], description="URLs that get a POST with JSON"
    )
    slack: Secret | None = Field(
        default=None,
        examples=["SLACK_URL"],
        description="name of the secret that holds a Slack-compatible webhook's URL",
    )
    watchdog: Url | None = Field(
        default=None,
        examples=["https://watch.example.net/shop"],
        description="URL of a service outside that expects a POST each minute and tells when none comes",
    )

    @field_validator("smtp")
    @classmethod
    def _reachable(cls, value: SmtpTable | None, info: ValidationInfo) -> SmtpTable | None:
        if info.data.get("email") and value is None:
            hint = 'add smtp = { host = "mail.example.com:587", sender = "alerts@example.com" }'
            raise _wrong("email is set, and no mail server takes it: expected smtp", hint)
        return value

    @property
    def secrets(self) -> tuple[tuple[tuple[str, ...], str], ...]:
        """Names of secrets, each with its place below [alerts]."""
        named = [(("slack",), self.slack), (("smtp", "password"), self.smtp.password if self.smtp else None)]
        return tuple((keys, name) for keys, name in named if name)

    @property
    def ports(self) -> tuple[int, ...]:
        """Ports outside the site that messages go to. What a secret URL says is HTTPS."""
        urls = [urlsplit(url) for url in (*self.webhook, *((self.watchdog,) if self.watchdog else ()))]
        web = {url.port or PORTS[url.scheme] for url in urls}
        return tuple(sorted(web | ({int(self.smtp.host.rpartition(":")[2])} if self.smtp else set())))
