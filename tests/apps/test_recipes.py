"""Recipes for applications that others wrote: their specs are right, and their releases can be built."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from colonnade.components.app.variables import environment
from colonnade.model.site import Role, Site
from colonnade.release import requirements
from colonnade.release.bundle import build
from colonnade.spec import load
from tests.sites import ROOT, VAULT, design_of

RECIPES = ROOT / "docs/recipes"
NAMES = sorted(path.parent.name for path in RECIPES.glob("*/colonnade.toml"))
each_recipe = pytest.mark.parametrize("name", NAMES)


def site(name: str) -> Site:
    return load(RECIPES / name / "colonnade.toml").site


def test_there_are_two_of_them() -> None:
    assert NAMES == ["alerta", "ara"]


@each_recipe
def test_every_role_is_on_three_servers(name: str) -> None:
    assert [server.roles for server in site(name).servers] == [frozenset(Role)] * 3


@each_recipe
def test_nothing_of_the_application_is_here(name: str) -> None:
    """Unchanged but for settings: a spec and a list of requirements."""
    assert sorted(path.name for path in (RECIPES / name).iterdir() if path.suffix in (".toml", ".txt", ".py")) == [
        "colonnade.toml",
        "requirements.txt",
    ]


@each_recipe
def test_its_own_versions_are_exact(name: str, tmp_path: Path) -> None:
    assert requirements.find(RECIPES / name, tmp_path).loose == ()


@each_recipe
def test_its_variables_are_filled_in(name: str) -> None:
    found = site(name)
    vault = replace(VAULT, values=tuple((secret, "s3cret") for app in found.apps for secret in app.secrets))
    variables = environment(design_of(found, vault).layout, found.apps[0])
    assert not [value for _, value in variables if "${" in value]
    assert vault.password(f"postgres/app/{name}") in dict(variables)["DATABASE_URL"]


@each_recipe
def test_its_page_leads_to_its_spec(name: str) -> None:
    page = (RECIPES / f"{name}.md").read_text()
    assert f"]({name}/colonnade.toml)" in page
    assert f"{name}.example.com" in page


@pytest.mark.lab
@each_recipe
def test_its_release_can_be_built(name: str, tmp_path: Path) -> None:
    (app,) = site(name).apps
    built = build(app, tmp_path / "work", print, cache=tmp_path / "cache")
    assert any(each.startswith("psycopg2-binary==") for each in built.requirements)
