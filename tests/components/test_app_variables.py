"""What a value of `env` may refer to."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from colonnade.components.app.variables import REFERENCES, SET, environment, expanded, unknown, values
from colonnade.model.app import App
from tests.sites import VAULT, design_of, example

APP = App("shop", Path(), asgi="shop.main:app", secrets=("PAYMENT_KEY",))


def of(**env: str) -> dict[str, str]:
    app = replace(APP, env=tuple(env.items()))
    vault = replace(VAULT, values=(("PAYMENT_KEY", "sk$live"),))
    return dict(environment(design_of(replace(example("trio"), apps=(app,)), vault).layout, app))


def test_a_program_that_wants_the_parts_of_a_url() -> None:
    found = of(PG="${DATABASE_USER}@${DATABASE_HOST}:${DATABASE_PORT}/${DATABASE_NAME}", PW="${DATABASE_PASSWORD}")
    assert found["PG"] == "shop@127.0.0.1:6432/shop"
    assert found["PW"] == VAULT.password("postgres/app/shop")
    assert f":{found['PW']}@" in found["DATABASE_URL"]


def test_names_secrets_and_the_text_itself() -> None:
    found = of(
        HOSTS='["${DOMAIN}"]', KEY="live ${PAYMENT_KEY}", PLAIN="$HOME $${DOMAIN} ${ x", BROKER="${VALKEY_URL}/1"
    )
    assert found["HOSTS"] == '["trio.example.com"]'
    assert found["KEY"] == "live sk$live"
    assert found["PLAIN"] == "$HOME ${DOMAIN} ${ x"
    assert found["BROKER"] == found["VALKEY_URL"] + "/1"


def test_a_host_of_its_own_is_its_domain() -> None:
    app = replace(APP, hosts=("o.example.com",), env=(("HOST", "${DOMAIN}"),))
    layout = design_of(replace(example("trio"), apps=(app,))).layout
    assert dict(environment(layout, app))["HOST"] == "o.example.com"


def test_every_reference_has_a_value() -> None:
    known = values(APP, "h", dict.fromkeys(("database", "cache", "secret_key"), "p"))
    assert list(known) == list(REFERENCES)
    assert set(SET) <= known.keys()
    assert dict(expanded(replace(APP, env=(("A", "${SECRET_KEY}"),)), known)) == {"A": "p"}


@pytest.mark.parametrize(("value", "name"), [("${NO}", "NO"), ("${DOMAIN}$${NO}", None), ("${PAYMENT_KEY}", None)])
def test_a_reference_to_nothing_is_found(value: str, name: str | None) -> None:
    assert unknown(value, APP.secrets) == name
