"""A build that fails names the requirement or the file, and the reason; to the letter. What uv says is uv's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from colonnade.errors import UserError
from colonnade.model.app import App
from colonnade.release import local, requirements, uv
from colonnade.release.bundle import build
from colonnade.release.entry import absent
from tests.release.conftest import Build, Write


def message(error: UserError) -> str:
    """Without what uv said itself, which follows."""
    return "\n".join(str(error).splitlines()[:2])


def refused(bundle: Build, **changes: object) -> str:
    with pytest.raises(UserError) as caught:
        bundle(**changes)
    return message(caught.value)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        build(App("web", tmp_path / "no", command="x"), tmp_path, print, cache=tmp_path)
    assert message(caught.value) == (
        f"{tmp_path}/no: there is no such folder\n  try: set path in colonnade.toml to the app's folder"
    )


def test_a_module_that_is_not_there(bundle: Build, folder: Path) -> None:
    assert refused(bundle, asgi="shop.web:app") == (
        f'apps.web.asgi: "shop.web:app" names no module: {folder} holds neither shop/web.py nor shop/web/__init__.py\n'
        "  try: write package.module:attribute as Python imports it from that folder"
    )


def test_a_name_that_the_module_does_not_have(bundle: Build) -> None:
    assert refused(bundle, wsgi="shop.main:application") == (
        'apps.web.wsgi: "shop.main:application": shop/main.py defines no application\n  did you mean "shop.main:app"?'
    )


@pytest.mark.parametrize(
    "text",
    [
        "from shop.setup import application\n",
        "try:\n    import x as application\nexcept ImportError:\n    application = None\n",
        "def application(environ, start): ...\n",
        "application: object = None\n",
        "(application, other) = None, None\n",
        "from shop.setup import *\n",
        "globals()['application'] = None\n",
        "def __getattr__(name): ...\n",
        "if True:\n    class application: ...\n",
        "not even Python\n",
    ],
)
def test_a_name_that_may_be_there_is_left_to_python(text: str, write: Write) -> None:
    assert absent(write("shop/other.py", text).read_bytes(), "application") is None


def test_a_package_by_path_that_is_not_there(bundle: Build, write: Write, folder: Path) -> None:
    write("requirements.txt", "./libs/shoplib\n")
    assert refused(bundle) == f"requirements.txt: there is no ./libs/shoplib\n  try: the path counts from {folder}"


def test_a_folder_that_is_no_package(bundle: Build, write: Write) -> None:
    write("requirements.txt", "./libs/shoplib\n")
    write("libs/shoplib/shoplib.py")
    assert refused(bundle) == (
        "requirements.txt: ./libs/shoplib is required, and holds no package that has a name\n"
        "  try: give it a pyproject.toml with [project] and a name"
    )


UV = {
    "a wheel that is not there": (
        "error: Distribution not found at: file:///srv/shop/wheels/x-1-py3-none-any.whl",
        "/srv/shop: there is no /srv/shop/wheels/x-1-py3-none-any.whl\n  try: the path counts from /srv/shop",
    ),
    "an unknown package": (
        "error: No solution found when resolving dependencies\n  cause: Because flaks was not found in the package "
        "registry and you require flaks==1, we can conclude that your requirements are unsatisfiable.",
        "/srv/shop: there is no package flaks\n"
        "  try: correct the name, or name the index or folder of wheels that has it",
    ),
    "a version that is not there": (
        "error: No solution found when resolving dependencies\n  cause: Because there is no version of flask==99 and "
        "you require flask==99, we can conclude that your requirements are unsatisfiable.",
        "/srv/shop: cannot be satisfied: flask==99\n  try: relax or correct the version",
    ),
    "a source package": (
        "error: Building source distributions is disabled, but attempted to build `uwsgi`",
        "/srv/shop: uwsgi has no wheel for the servers, and nothing is compiled on them\n  try: choose a version that "
        "has one, or build it (pip wheel uwsgi) and require the file: ./wheels/….whl",
    ),
    "a line that is no requirement": (
        "error: Couldn't parse requirement in `requirements.txt` at position 0\n"
        '  cause: no such comparison operator "=", must be one of ~= == != <= >= < > ===\n         flask=3',
        "requirements.txt: not a requirement, line 1\n"
        '  try: no such comparison operator "=", must be one of ~= == != <= >= < > ===',
    ),
    "no network": (
        "error: Failed to fetch: `https://index.example/simple/flask/`",
        "/srv/shop: cannot download the requirements\n  try: check the network and uv's index",
    ),
}


@pytest.mark.parametrize(("said", "meant"), UV.values(), ids=UV)
def test_what_uv_cannot_do(said: str, meant: str) -> None:
    assert message(uv.complaint("/srv/shop", said)) == meant


def test_packages_by_path_are_found_wherever_they_are_named(folder: Path, write: Write) -> None:
    lines = ["./libs/one", "-e ./libs/two", f"three @ file://{folder}/libs/three ; python_version > '3'"]
    write("requirements.txt", "\n".join([*lines, "flask==3.1.3", "./wheels/x-1-py3-none-any.whl"]))
    write("pyproject.toml", '[tool.uv.sources]\nfour = { path = "libs/four" }\nfive = { git = "https://x" }\n')
    for name in ("one", "two", "three", "four"):
        write(f"libs/{name}/pyproject.toml", f'[project]\nname = "shop-{name}"\n')
    found = local.packages(folder, requirements.find(folder, folder))
    assert [each.name for each in found] == ["shop-one", "shop-two", "shop-three", "shop-four"]
    assert local.flags(found[:1]) == ("--no-binary", "shop-one", "--refresh-package", "shop-one")
    before = found[0].digest
    write("libs/one/one.py", "x = 1\n")
    assert found[0].digest != before


@pytest.mark.lab
def test_a_package_by_path_is_built_and_shipped(bundle: Build, write: Write) -> None:
    write("requirements.txt", "./libs/shoplib\n")
    write("libs/shoplib/shoplib/__init__.py")
    build_system = '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
    write("libs/shoplib/pyproject.toml", f'{build_system}[project]\nname = "shoplib"\nversion = "7"\n')
    assert bundle().requirements == ("shoplib==7",)
