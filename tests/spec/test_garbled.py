"""Whatever stands in the file, the answer is a site or one error in plain words."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from colonnade.errors import UserError
from colonnade.spec import Loaded, load, starter
from tests.spec.conftest import ALL, APP, HEAD

WHOLE = HEAD + ALL + APP + '[balance]\nalgorithm = "leastconn"\n[postgres.settings]\nwork_mem = "8MB"\n'
PIECES = re.findall(r"\w+|\s+|.", WHOLE + starter())
VALUES = [
    "1",
    "-0.5",
    "true",
    '""',
    '"x"',
    "[]",
    "{}",
    "[1, []]",
    "{ a = {} }",
    "2026-01-01",
    "inf",
    "nan",
    '"\\u0000"',
    "[[",
    "'",
]


def answer(text: str) -> Loaded | UserError:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "colonnade.toml"
        path.write_text(text, encoding="utf-8", errors="surrogateescape", newline="")
        try:
            return load(path)
        except UserError as error:
            return error


def check(text: str) -> None:
    found = answer(text)
    if isinstance(found, UserError):
        assert found.where.startswith("colonnade.toml")
        assert found.problem
        assert found.hint


fast = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@fast
@given(st.text())
def test_any_text(text: str) -> None:
    check(text)


@fast
@given(st.lists(st.sampled_from(PIECES), max_size=60))
def test_pieces_of_specs_in_any_order(pieces: list[str]) -> None:
    check("".join(pieces))


@fast
@given(st.integers(0, len(WHOLE)), st.integers(0, 30), st.one_of(st.text(max_size=5), st.sampled_from(VALUES)))
def test_a_spec_with_a_hole(start: int, length: int, patch: str) -> None:
    check(WHOLE[:start] + patch + WHOLE[start + length :])


@fast
@given(st.integers(0, 60), st.sampled_from(VALUES))
def test_a_spec_with_a_wrong_value(which: int, value: str) -> None:
    places = list(re.finditer(r'= (".*?"|\{.*\}|\[.*\])', WHOLE))
    found = places[which % len(places)]
    check(f"{WHOLE[: found.start()]}= {value}{WHOLE[found.end() :]}")


@fast
@given(st.data())
def test_a_spec_with_a_wrong_key(data: st.DataObject) -> None:
    found = data.draw(st.sampled_from(list(re.finditer(r"(?m)^\w+", WHOLE))))
    key = data.draw(
        st.one_of(st.from_regex(r"\A[\w-]{1,8}\Z", alphabet=st.characters(codec="ascii")), st.just('"a\\nb"'))
    )
    check(f"{WHOLE[: found.start()]}{key}{WHOLE[found.end() :]}")


def test_the_whole_spec_is_one() -> None:
    assert isinstance(answer(WHOLE), Loaded)
