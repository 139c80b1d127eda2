"""What nginx gets to serve."""

from __future__ import annotations

import gzip

import pytest

from colonnade.errors import UserError
from colonnade.release.archive import Member
from colonnade.release.bundle import Bundle
from tests.release.conftest import Build, Write

CSS = "body { color: #111111 }\n" * 20


def served(bundle: Bundle) -> dict[str, Member]:
    return {member.name: member for layer in bundle.of("static") for member in layer.members}


def times(bundle: Bundle) -> dict[str, int]:
    return {entry[0]: entry[3] for layer in bundle.of("static") for entry in layer.entries}


def test_the_same_tree_text_compressed(bundle: Build, write: Write) -> None:
    write("static/css/site.css", CSS)
    write("static/photo.jpg", "not a text" * 50)
    found = served(bundle(static="static"))
    assert sorted(found) == ["css/site.css", "css/site.css.gz", "photo.jpg"]
    assert gzip.decompress(found["css/site.css.gz"].read()).decode() == CSS


def test_what_compression_makes_longer_is_left_alone(bundle: Build, write: Write) -> None:
    write("static/site.css", "a{}")
    assert sorted(served(bundle(static="static"))) == ["site.css"]


def test_own_compressed_file_is_kept(bundle: Build, write: Write) -> None:
    write("static/site.css", CSS)
    own = write("static/site.css.gz", "made by a better compressor")
    assert served(bundle(static="static"))["site.css.gz"].read() == own.read_bytes()


def test_an_edit_of_the_same_size_gets_another_time(bundle: Build, write: Write) -> None:
    """nginx builds ETag from time and size."""
    write("static/site.css", CSS)
    first = times(bundle(static="static"))
    write("static/site.css", CSS.replace("#111111", "#222222"))
    second = times(bundle(static="static"))
    assert first["site.css"] != second["site.css"]
    assert second["site.css"] == second["site.css.gz"]


def test_another_folder_is_served_under_the_same_name(bundle: Build, write: Write) -> None:
    write("static/a.txt", "a")
    write("public/assets/b.txt", "b")
    first = bundle(static="static")
    second = bundle(static="public/assets/")
    assert sorted(served(second)) == ["b.txt"]
    assert first.release != second.release


def test_no_static_no_layer(bundle: Build) -> None:
    assert bundle().of("static") == ()


def test_missing_folder(bundle: Build) -> None:
    with pytest.raises(UserError, match="static is no folder") as caught:
        bundle(static="static")
    assert caught.value.where == "apps.web.static"


def test_folder_with_nothing_to_serve(bundle: Build, write: Write) -> None:
    write("static/site.css", CSS)
    write(".colonnadeignore", "/static/\n")
    with pytest.raises(UserError, match="no file to serve"):
        bundle(static="static")
