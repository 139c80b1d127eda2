"""Loads, operations and summaries as lines of JSON, between the load's own process and whoever started it."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from pydantic import TypeAdapter, ValidationError

from colonnade.drill.history import Operation, Result
from colonnade.drill.load.lateness import Summary
from colonnade.drill.load.load import Load
from colonnade.errors import UserError

FIELDS = Operation.__dataclass_fields__


def load_line(load: Load) -> bytes:
    return json.dumps(asdict(load)).encode() + b"\n"


def read_load(line: bytes) -> Load:
    """UserError when it is none."""
    try:
        return TypeAdapter(Load).validate_json(line)
    except ValidationError as error:
        raise UserError(
            "load", "this is no description of a load", "read drill/load/load.py", detail=str(error)
        ) from None


def operation_line(operation: Operation) -> bytes:
    return json.dumps({name: getattr(operation, name) for name in FIELDS}).encode() + b"\n"


def summary_line(summary: Summary) -> bytes:
    return json.dumps({"summary": asdict(summary)}).encode() + b"\n"


def read_line(line: bytes) -> Operation | Summary:
    fields: dict[str, Any] = json.loads(line)
    if "summary" in fields:
        return Summary(**fields["summary"])
    return Operation(**{**fields, "result": Result(fields["result"])})
