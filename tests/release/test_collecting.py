"""Static files that the app's own command makes, on this computer and in a copy of the app's folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from colonnade.errors import UserError
from colonnade.model.app import App
from colonnade.release import collecting
from tests.release.conftest import Build, Write
from tests.release.test_static import served

COPY = "mkdir -p out && cp -r assets/. out/ && echo made >out/made.txt"


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for all of them: to make the environment that commands run in takes a second."""
    return tmp_path_factory.mktemp("cache")


def test_what_the_command_makes_is_served(bundle: Build, write: Write, folder: Path) -> None:
    write("assets/css/site.css", "body { color: red }\n" * 20)
    built = bundle(static="out", collect=COPY)
    names = ["css/site.css", "css/site.css.gz", "made.txt"]
    assert sorted(served(built)) == names
    assert not (folder / "out").exists()


def test_it_runs_once_for_each_change(bundle: Build, write: Write, tmp_path: Path) -> None:
    write("assets/a.css", "a {}")
    counting = f"echo run >>{tmp_path}/runs && {COPY}"
    releases = [bundle(static="out", collect=counting).release for _ in range(2)]
    write("assets/a.css", "b {}")
    releases.append(bundle(static="out", collect=counting).release)
    assert (tmp_path / "runs").read_text() == "run\nrun\n"
    assert releases[0] == releases[1] != releases[2]


def test_another_command_is_another_release(bundle: Build, write: Write) -> None:
    write("assets/a.css", "a {}")
    first = bundle(static="out", collect=COPY).release
    assert bundle(static="out", collect=COPY.replace("made", "built")).release != first


def test_a_failure_says_what_the_command_said(bundle: Build, write: Write) -> None:
    with pytest.raises(UserError) as caught:
        bundle(static="out", collect="echo no such finder >&2; exit 3")
    assert str(caught.value) == (
        "apps.web.collect: failed with status 3: echo no such finder >&2; exit 3\n"
        "  try: it runs on this computer with the app's requirements and env, without secrets, database or cache\n"
        "  no such finder"
    )


@pytest.mark.parametrize(
    ("command", "problem"),
    [("true", 'apps.web.collect: it made no folder "out"'), ("mkdir out", "apps.web.collect: it collected no file: ")],
)
def test_nothing_made_is_a_mistake(bundle: Build, command: str, problem: str) -> None:
    with pytest.raises(UserError) as caught:
        bundle(static="out", collect=command)
    assert str(caught.value).startswith(problem)


def test_it_gets_variables_and_no_secret_of_the_operator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hunter2")
    env = (("MODE", "live"), ("DB", "${DATABASE_HOST}:${DATABASE_PASSWORD}:${PAYMENT_KEY}"))
    app = App("web", tmp_path, command="x", env=env, secrets=("PAYMENT_KEY",))
    found = collecting.variables(app, tmp_path, tmp_path / "here")
    assert (found["MODE"], found["DB"]) == ("live", "127.0.0.1:collect:collect")
    assert found["PAYMENT_KEY"] == found["SECRET_KEY"] == "collect"
    assert "hunter2" not in found.values()
    assert found["PATH"].startswith(f"{tmp_path}/here/bin:")
