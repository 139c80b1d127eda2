"""The secrets file: made on first use, opened with the operator's key, changed one name at a time."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from colonnade.errors import Exit, UserError
from colonnade.model.vault import Vault
from colonnade.spec import files
from colonnade.spec.loading import Loaded
from colonnade.spec.model import sections
from colonnade.spec.positions import Keys
from colonnade.spec.problems import Problem, fail_on, nearest
from colonnade.spec.values import RULES, VARIABLE

# Encryption and certificates are imported where they are needed: they take longer than reading the spec.


def open_vault(loaded: Loaded, now: datetime) -> Vault:
    """The site's secrets as of `now` (UTC); the file and the operator's key are made when there are none.

    Raises UserError when the file cannot be opened, or lacks a secret that the spec names.
    """
    vault = _open(loaded, now)
    require_secrets(loaded, vault)
    return vault


def require_secrets(loaded: Loaded, vault: Vault) -> None:
    """Raises UserError, at the name in the spec, for every secret that the spec names and nobody has set."""
    command = "colonnade secrets set" + (f" -e {loaded.environment}" if loaded.environment else "")
    fail_on(
        (
            Problem(keys, f"the secret {name} is not set", f"{command} {name}")
            for keys, name in _named(loaded)
            if vault.value(name) is None
        ),
        loaded.positions,
    )


def _named(loaded: Loaded) -> Iterator[tuple[Keys, str]]:
    """Every secret's name in the spec, with its place: applications', and those that components' tables name."""
    for app in loaded.site.apps:
        yield from ((("apps", app.name, "secrets", i), name) for i, name in enumerate(app.secrets))
    for section, options in zip(sections(), loaded.site.options, strict=True):
        yield from (((section, *keys), name) for keys, name in getattr(options, "secrets", ()))


def list_names(loaded: Loaded) -> tuple[str, ...]:
    """Names of the secrets that are set; none while there is no file."""
    if not loaded.secrets_path.exists():
        return ()
    return tuple(name for name, _ in _open(loaded, datetime.now(UTC)).values)


def set_secret(loaded: Loaded, name: str, value: str) -> None:
    """Sets one secret, anew or for the first time. Raises UserError for a name or value no process could have."""
    if not re.fullmatch(VARIABLE, name):
        raise UserError(
            "", f"{name!r} cannot be a secret's name", f"a name has {RULES[VARIABLE]}", exit_code=Exit.USAGE
        )
    if not value or "\0" in value:
        raise UserError("", f"{name}: the value is empty or has a zero byte", "give some text", exit_code=Exit.USAGE)
    _change(loaded, lambda values: {**values, name: value})


def unset_secret(loaded: Loaded, name: str) -> None:
    """Forgets one secret. Raises UserError when it is not set."""
    names = list_names(loaded)
    if name not in names:
        raise UserError(loaded.secrets_path.name, f"the secret {name} is not set", nearest(name, names))
    _change(loaded, lambda values: {key: value for key, value in values.items() if key != name})


def _change(loaded: Loaded, change: Callable[[Mapping[str, str]], Mapping[str, str]]) -> None:
    from colonnade.spec import keyring, sealed

    _open(loaded, now := datetime.now(UTC))  # makes the file on first use
    with files.alone(loaded.secrets_path.parent):
        vault = sealed.unseal(loaded.secrets_path, now)
        changed = replace(vault, values=tuple(change(dict(vault.values)).items()))
        files.replace(loaded.secrets_path, sealed.seal(changed, keyring.identity()))


def _open(loaded: Loaded, now: datetime) -> Vault:
    from colonnade.spec import sealed

    if not loaded.secrets_path.exists():
        _make(loaded, now)
    return sealed.unseal(loaded.secrets_path, now)


def _make(loaded: Loaded, now: datetime) -> None:
    from colonnade.spec import keyring, sealed
    from colonnade.spec.authority import authority

    ca_key, ca_cert = authority(loaded.site.name, now)
    vault = Vault(secrets.token_bytes(32), ca_key, ca_cert, now)
    files.private_folder(loaded.secrets_path.parent)
    files.create(loaded.secrets_path, sealed.seal(vault, keyring.made_identity()))
