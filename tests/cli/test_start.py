"""The command itself, before any verb."""

from __future__ import annotations

from importlib.metadata import version

from typer.testing import CliRunner

from colonnade.cli.main import VERBS, build


def test_it_says_which_version_it_is() -> None:
    said = CliRunner().invoke(build(VERBS), ["--version"])
    assert (said.exit_code, said.output) == (0, f"colonnade {version('colonnade')}\n")
