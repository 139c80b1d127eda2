"""Every spec in errors/ gets the message in its own `# expect:` lines, to the letter."""

from __future__ import annotations

from pathlib import Path

import pytest

from colonnade.errors import Exit, UserError
from colonnade.spec import load

CASES = sorted((Path(__file__).parent / "errors").glob("*.toml"))
MARK = "# expect: "


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_message(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    expected = "\n".join(line.removeprefix(MARK) for line in lines if line.startswith(MARK))
    with pytest.raises(UserError) as caught:
        load(path)
    assert str(caught.value) == expected
    assert caught.value.hint
    assert caught.value.exit_code is Exit.FAILED


def test_a_missing_file_names_the_verb_that_writes_one(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such file") as caught:
        load(tmp_path / "colonnade.toml")
    assert "colonnade init" in caught.value.hint


def test_a_folder_is_no_spec(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be read"):
        load(tmp_path)


def test_other_encodings_are_named(tmp_path: Path) -> None:
    path = tmp_path / "colonnade.toml"
    path.write_bytes('name = "größe"'.encode("latin-1"))
    with pytest.raises(UserError, match=r"not UTF-8 text \(byte 11\)"):
        load(path)


def test_tables_without_end_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "colonnade.toml"
    for text in ("a = " + "[" * 5000, ".".join("a" * 5000) + " = 1", "a = " + "9" * 5000, "a = 0x" + "f" * 9000):
        path.write_text(text)
        with pytest.raises(UserError):
            load(path)


def test_many_problems_are_counted_not_listed(tmp_path: Path) -> None:
    path = tmp_path / "colonnade.toml"
    path.write_text("".join(f"key{i} = 1\n" for i in range(50)))
    with pytest.raises(UserError) as caught:
        load(path)
    assert caught.value.where == "colonnade.toml:1:1"
    assert caught.value.detail.endswith("and 45 more")
