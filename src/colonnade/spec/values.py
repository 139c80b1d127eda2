"""Forms of single values in a spec: names, addresses, networks; and what all its tables have in common."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
HOSTNAME = rf"^({LABEL}\.)*[a-z]([a-z0-9-]{{0,61}}[a-z0-9])?$"
NAME = r"^[a-z]([a-z0-9-]{0,30}[a-z0-9])?$"
APP_NAME = r"^[a-z][a-z0-9_]{0,20}$"
VARIABLE = r"^[A-Za-z_][A-Za-z0-9_]*$"
CALLABLE = r"^[A-Za-z_][A-Za-z0-9_.]*:[A-Za-z_][A-Za-z0-9_.]*(\(\))?$"
ONE_LINE = r"^[^\x00-\x1f\x7f]+$"
TEXT = r"^[^\x00]*$"
PREFIX = r"^(/|(/[A-Za-z0-9_.~-]+)+)$"
URL_PATH = r"^/[A-Za-z0-9/_.~%?&=+-]*$"
FOLDER = r"^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*$"
SIZE = r"^[1-9][0-9]{0,6}[MGT]$"
PART = r"[0-9*][0-9*,./~-]*"
DAY = r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
CALENDAR = (
    rf"^(minutely|hourly|daily|weekly|monthly|quarterly|yearly"
    rf"|({DAY}((,|\.\.){DAY})* )?({PART} )?{PART}:{PART}(:{PART})?)( (UTC|[A-Z][A-Za-z_]+/[A-Za-z_/]+))?$"
)
LOGIN = r"^[a-z_][a-z0-9_-]*$"

RULES = {
    HOSTNAME: 'a host name in lower case, like "shop.example.com"',
    NAME: "lower-case letters, digits and hyphens, a letter first, at most 32",
    APP_NAME: "lower-case letters, digits and _, a letter first, at most 21",
    VARIABLE: "letters, digits and _, like SECRET_KEY",
    CALLABLE: 'module:name, like "shop.main:app" or "shop.main:create_app()"',
    ONE_LINE: "one line of text",
    TEXT: "text in quotes",
    PREFIX: 'a path without a / at its end, like "/api"',
    URL_PATH: 'a path that begins with /, like "/healthz"',
    FOLDER: 'a folder inside the application, like "static"',
    SIZE: 'a number with M, G or T, like "768M"',
    CALENDAR: 'a point in time as systemd.time(7) has it, like "*-*-* 03:00" or "hourly"',
    LOGIN: 'a user name, like "deploy"',
}
"""Every pattern here in words."""


def _wrong(problem: str, hint: str) -> PydanticCustomError:
    return PydanticCustomError("spec", "{problem}", {"problem": problem, "hint": hint})


def _address(text: str) -> str:
    try:
        address = ip_address(text)
    except ValueError:
        raise _wrong(f'expected an IP address, got "{text}"', "write a number, like 10.0.0.11 or fd00::11") from None
    if address.is_unspecified or address.is_loopback or address.is_multicast or address.is_link_local:
        raise _wrong(f"{text} cannot be reached from other servers", "give an address by which they reach it")
    return str(address)


def _network(text: str) -> str:
    try:
        return str(ip_network(text))
    except ValueError:
        raise _wrong(f'expected a network, got "{text}"', _network_hint(text)) from None


def _network_hint(text: str) -> str:
    try:
        return f'did you mean "{ip_network(text, strict=False)}"?'
    except ValueError:
        return 'write it as "203.0.113.0/24"'


Address = Annotated[str, AfterValidator(_address)]
Network = Annotated[str, AfterValidator(_network)]
Line = Annotated[str, Field(pattern=ONE_LINE)]
Text = Annotated[str, Field(pattern=TEXT)]
Host = Annotated[str, Field(pattern=HOSTNAME, max_length=253)]
Page = Annotated[str, Field(pattern=URL_PATH)]
Variable = Annotated[str, Field(pattern=VARIABLE)]


class Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def one_or_more(value: Any) -> Any:
    """A single text is a list of one."""
    return (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list) else value


def address_or_table(value: Any) -> Any:
    """A server given by its address alone."""
    return {"address": value} if isinstance(value, str) else value


def command_or_table(value: Any) -> Any:
    """A process given by its command alone."""
    return {"command": value} if isinstance(value, str) else value


def names_or_servers(value: Any) -> str:
    """Which of the two forms a role has."""
    return "<names>" if isinstance(value, list | tuple) else "<servers>"
