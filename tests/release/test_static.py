"""What nginx gets to serve."""

from __future__ import annotations

import gzip
import tarfile
from pathlib import Path

import pytest

from colonnade.errors import UserError
from tests.release.conftest import Build, Write

CSS = "body { color: #111111 }\n" * 20


def served(archive: Path | None) -> dict[str, tarfile.TarInfo]:
    assert archive is not None
    with tarfile.open(archive) as tar:
        return {member.name: member for member in tar if member.name.startswith("static/")}


def test_same_tree_in_both_archives_text_compressed(bundle: Build, write: Write) -> None:
    write("static/css/site.css", CSS)
    write("static/photo.jpg", "not a text" * 50)
    built = bundle(static="static")
    assert built.static is not None
    assert sorted(served(built.static)) == ["static/css/site.css", "static/css/site.css.gz", "static/photo.jpg"]
    assert sorted(served(built.archive)) == sorted(served(built.static))
    with tarfile.open(built.static) as tar:
        packed = tar.extractfile("static/css/site.css.gz")
        assert packed is not None
        assert gzip.decompress(packed.read()).decode() == CSS


def test_what_compression_makes_longer_is_left_alone(bundle: Build, write: Write) -> None:
    write("static/site.css", "a{}")
    assert sorted(served(bundle(static="static").static)) == ["static/site.css"]


def test_own_compressed_file_is_kept(bundle: Build, write: Write) -> None:
    write("static/site.css", CSS)
    own = write("static/site.css.gz", "made by a better compressor")
    assert served(bundle(static="static").static)["static/site.css.gz"].size == own.stat().st_size


def test_an_edit_of_the_same_size_gets_another_time(bundle: Build, write: Write) -> None:
    """nginx builds ETag from time and size."""
    write("static/site.css", CSS)
    first = served(bundle(static="static").static)
    write("static/site.css", CSS.replace("#111111", "#222222"))
    second = served(bundle(static="static").static)
    one, two = first["static/site.css"], second["static/site.css"]
    assert one.size == two.size
    assert one.mtime != two.mtime
    assert two.mtime == second["static/site.css.gz"].mtime


def test_another_folder_is_served_under_the_same_name(bundle: Build, write: Write) -> None:
    write("static/a.txt", "a")
    write("public/assets/b.txt", "b")
    first = bundle(static="static")
    second = bundle(static="public/assets/")
    assert sorted(served(second.static)) == ["static/b.txt"]
    assert first.release != second.release


def test_no_static_no_archive(bundle: Build) -> None:
    assert bundle().static is None


def test_missing_folder(bundle: Build) -> None:
    with pytest.raises(UserError, match="static is no folder") as caught:
        bundle(static="static")
    assert caught.value.where == "apps.web.static"


def test_folder_with_nothing_to_serve(bundle: Build, write: Write) -> None:
    write("static/site.css", CSS)
    write(".colonnadeignore", "/static/\n")
    with pytest.raises(UserError, match="no file to serve"):
        bundle(static="static")
