"""Which file names an app's requirements, and what it names."""

from __future__ import annotations

from pathlib import Path

import pytest

from colonnade.errors import UserError
from colonnade.model.app import App
from colonnade.release import servers
from colonnade.release.requirements import Requirements, find
from tests.release.conftest import Write

PROJECT = '[project]\nname = "shop"\nversion = "1"\ndependencies = ["flask>=3"]\n'


def look(folder: Path) -> Requirements:
    return find(folder, folder.parent)


def test_none_is_fine(folder: Path, write: Write) -> None:
    assert look(folder) == Requirements("no requirements", None, ())


def test_requirements_before_pyproject(folder: Path, write: Write) -> None:
    write("pyproject.toml", PROJECT)
    assert look(folder).lines == ("flask>=3",)
    write("requirements.txt", "Flask_Login==1 ; python_version > '3'  # why\n\n# only a comment\n")
    assert look(folder).lines == ("Flask_Login==1 ; python_version > '3'",)
    assert look(folder).names == {"flask-login"}


def test_tools_of_developers_are_not_mistaken_for_requirements(folder: Path, write: Write) -> None:
    write("pyproject.toml", PROJECT)
    write("requirements-dev.txt", "pytest\n")
    assert look(folder).origin == "pyproject.toml"


def test_one_file_of_another_name_will_do(folder: Path, write: Write) -> None:
    write("requirements-prod.txt", "flask==3.1.3\n")
    assert look(folder).names == {"flask"}


def test_two_of_them_are_a_question(folder: Path, write: Write) -> None:
    write("requirements-prod.txt")
    write("requirements-dev.txt")
    with pytest.raises(UserError, match=r"cannot choose between requirements-dev\.txt, requirements-prod\.txt"):
        look(folder)


def test_includes_are_followed_constraints_are_no_requirements(folder: Path, write: Write) -> None:
    write("requirements.txt", "-r more/base.txt\n-c limits.txt\n")
    write("more/base.txt", "flask==3.1.3 \\\n    --hash=sha256:00\n-r ../requirements.txt\n")
    write("limits.txt", "granian==2.8.1\n")
    assert look(folder).lines == ("flask==3.1.3      --hash=sha256:00", "-c granian==2.8.1")
    assert look(folder).names == {"flask"}


def test_include_that_is_not_there(folder: Path, write: Write) -> None:
    write("requirements.txt", "-r base.txt\n")
    with pytest.raises(UserError, match=r"base\.txt: there is no such file, and requirements\.txt includes it"):
        look(folder)


def test_broken_project_file(folder: Path, write: Write) -> None:
    write("pyproject.toml", "[project\n")
    with pytest.raises(UserError, match="not TOML"):
        look(folder)


def test_loose_versions_are_named(folder: Path, write: Write) -> None:
    write("requirements.txt", "flask\nvalkey==6.2.0\n./wheels/x-1-py3-none-any.whl\nh11>=0.16\n--prefer-binary\n")
    assert look(folder).loose == ("flask", "h11>=0.16")


def test_own_app_server_wins() -> None:
    app = App("web", Path(), asgi="shop.main:app")
    assert servers.missing(app, frozenset()) == servers.PACKAGES["granian"]
    assert servers.missing(app, frozenset({"granian", "uvloop"})) == ()


def test_command_brings_its_own_server() -> None:
    assert servers.missing(App("web", Path(), command="./serve"), frozenset()) == ()
