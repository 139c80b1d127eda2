"""The verbs that need no server."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from colonnade.cli.explain import explain
from colonnade.cli.init import init
from colonnade.cli.schema import schema
from colonnade.cli.secrets import app as secrets
from colonnade.errors import UserError
from colonnade.spec import starter
from tests.spec.conftest import ALL, APP, HEAD


@pytest.fixture
def run() -> CliRunner:
    return CliRunner()


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> typer.Typer:
    monkeypatch.chdir(tmp_path)
    app = typer.Typer()
    for verb in (init, schema, explain):
        app.command()(verb)
    app.add_typer(secrets, name="secrets")
    return app


def test_init_writes_the_starter_once(run: CliRunner, cli: typer.Typer) -> None:
    result = run.invoke(cli, ["init"])
    assert (result.exit_code, result.stdout) == (0, "")
    assert Path("colonnade.toml").read_text() == starter()
    Path("colonnade.toml").write_text("mine")
    again = run.invoke(cli, ["init"])
    assert isinstance(again.exception, UserError)
    assert Path("colonnade.toml").read_text() == "mine"


def test_init_takes_another_name(run: CliRunner, cli: typer.Typer) -> None:
    assert run.invoke(cli, ["init", "other.toml"]).exit_code == 0
    assert Path("other.toml").exists()
    assert isinstance(run.invoke(cli, ["init", "nowhere/other.toml"]).exception, UserError)


def test_schema_is_json(run: CliRunner, cli: typer.Typer) -> None:
    assert json.loads(run.invoke(cli, ["schema"]).stdout)["title"] == "colonnade.toml"


def test_explain(run: CliRunner, cli: typer.Typer) -> None:
    assert "leastconn" in run.invoke(cli, ["explain", "balance.algorithm"]).stdout
    assert "balance" in run.invoke(cli, ["explain"]).stdout


def test_secrets(run: CliRunner, cli: typer.Typer) -> None:
    Path("colonnade.toml").write_text(HEAD + ALL + APP)
    result = run.invoke(cli, ["secrets", "set", "API_KEY"], input="hunter2\n")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "hunter2" not in result.output
    assert run.invoke(cli, ["secrets", "list"]).stdout == "API_KEY\n"
    assert run.invoke(cli, ["secrets", "unset", "API_KEY"]).exit_code == 0
    assert run.invoke(cli, ["secrets", "list", "-e", "lab"]).stdout == ""
    assert run.invoke(cli, ["secrets", "list"]).stdout == ""


def test_a_secret_is_never_an_argument(run: CliRunner, cli: typer.Typer) -> None:
    Path("colonnade.toml").write_text(HEAD + ALL + APP)
    assert run.invoke(cli, ["secrets", "set", "API_KEY", "hunter2"]).exit_code == 2


def test_a_secret_must_be_text(run: CliRunner, cli: typer.Typer) -> None:
    Path("colonnade.toml").write_text(HEAD + ALL + APP)
    result = run.invoke(cli, ["secrets", "set", "API_KEY"], input=b"\xff\xfe")
    assert isinstance(result.exception, UserError)
