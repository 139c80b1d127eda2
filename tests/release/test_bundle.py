"""A release is named after its content, holds what it should, and says what is wrong with an app."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from colonnade.errors import UserError
from colonnade.model.app import App
from colonnade.release.bundle import KEPT, Bundle, build
from tests.release.conftest import Build, Write

GUESTBOOK = Path(__file__).parents[2] / "examples" / "guestbook"


def names(bundle: Bundle, kind: str = "app") -> list[str]:
    return [member.name for layer in bundle.of(kind) for member in layer.members]


def test_holds_the_source_tree_without_what_stays_at_home(bundle: Build, write: Write) -> None:
    for left in (".git/HEAD", "env/pyvenv.cfg", "shop/__pycache__/x.pyc", ".colonnade/state", "colonnade.lab.toml"):
        write(left)
    write("colonnade.secrets.age")
    assert names(bundle()) == ["shop/__init__.py", "shop/main.py"]


def test_same_content_same_layers(bundle: Build, write: Write) -> None:
    write("static/site.css", "body { color: red }" * 9)
    first = bundle(static="static")
    os.utime(write("shop/main.py", "app = None\n"), (1, 1))
    again = bundle(static="static")
    assert again.release == first.release
    assert [layer.name for layer in again.layers] == [layer.name for layer in first.layers]


def test_a_change_changes_only_the_layers_that_have_it(bundle: Build, write: Write) -> None:
    write("static/site.css", "body { color: red }")
    first = bundle(static="static")
    write("shop/main.py", "app = 1\n")
    second = bundle(static="static")
    assert first.of("app")[0].name != second.of("app")[0].name
    assert first.of("static")[0].name == second.of("static")[0].name


@pytest.mark.parametrize("name", ["shop/main.py", "shop/new.py"])
def test_any_change_of_content_is_another_release(bundle: Build, write: Write, name: str) -> None:
    first = bundle().release
    write(name, "app = 1\n")
    assert bundle().release != first


def test_mode_belongs_to_the_release_as_far_as_it_means_something(bundle: Build, folder: Path) -> None:
    first = bundle().release
    (folder / "shop/main.py").chmod(0o664)
    assert bundle().release == first
    (folder / "shop/main.py").chmod(0o755)
    assert bundle().release != first


def test_release_is_twelve_hexadecimal_digits(bundle: Build) -> None:
    release = bundle().release
    assert len(release) == 12
    int(release, 16)


def test_no_revision_outside_git(bundle: Build) -> None:
    assert bundle().revision is None


def test_inner_link_stays_a_link(bundle: Build, folder: Path) -> None:
    (folder / "shop/again.py").symlink_to("main.py")
    (link,) = (member for member in bundle().of("app")[0].members if member.name == "shop/again.py")
    assert link.target == "main.py"


def test_link_out_of_the_tree_is_refused(bundle: Build, folder: Path) -> None:
    (folder / "hosts").symlink_to("../../hosts")
    with pytest.raises(UserError, match="leads out of the app's folder"):
        bundle()


def test_module_that_is_not_there(bundle: Build) -> None:
    with pytest.raises(UserError, match=r'"shop\.web:app" names no module: .* neither shop/web\.py') as caught:
        bundle(asgi="shop.web:app")
    assert caught.value.where == "apps.web.asgi"


def test_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such folder"):
        build(App("web", tmp_path / "nothing", command="x"), tmp_path, lambda _: None, cache=tmp_path)


def test_what_nobody_uses_leaves_the_cache(bundle: Build, tmp_path: Path) -> None:
    old, recent = tmp_path / "cache/site-old", tmp_path / "cache/site-recent"
    for folder in (old, recent):
        folder.mkdir(parents=True)
    os.utime(old, (old.stat().st_mtime - KEPT - 60,) * 2)
    bundle()
    assert recent.exists()
    assert not old.exists()


@pytest.mark.lab
def test_guestbook_with_everything_it_imports(tmp_path: Path) -> None:
    app = App("web", GUESTBOOK, asgi="guestbook.main:app", static="static")
    told: list[str] = []
    built = build(app, tmp_path / "work", told.append, cache=tmp_path / "cache")
    assert "guestbook/main.py" in names(built)
    assert "style.css.gz" in names(built, "static")
    assert not [name for name in names(built) if name.startswith("colonnade")]
    packages = names(built, "site")
    assert {"granian/__init__.py", "bin/granian"} <= set(packages)
    assert any(name.startswith("psycopg_binary/") and "cpython-313-x86_64" in name for name in packages)
    assert "psycopg-pool==3.3.3" in built.requirements
    assert told == ["installing requirements.txt for Python 3.13 on x86_64"]
    again = build(app, tmp_path / "work", told.append, cache=tmp_path / "cache")
    assert [layer.name for layer in again.layers] == [layer.name for layer in built.layers]
    assert len(told) == 1
