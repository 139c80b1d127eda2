"""The form of a secrets file: JSON, encrypted with age for the operator's key."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import pyrage
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from colonnade.errors import UserError
from colonnade.model.vault import Vault
from colonnade.spec.keyring import identity, key_path

VERSION = 1


class Form(BaseModel):
    """What every form of the file says of itself."""

    version: int = VERSION


class Contents(Form):
    """What the file holds once it is open."""

    model_config = ConfigDict(val_json_bytes="base64", ser_json_bytes="base64", hide_input_in_errors=True)

    site_key: Annotated[bytes, Field(min_length=32, max_length=32)] = Field(repr=False)
    ca_key: str = Field(repr=False)
    ca_cert: str
    values: dict[str, str] = Field(repr=False)


def seal(vault: Vault, key: pyrage.x25519.Identity) -> bytes:
    """The content of a file that only `key` opens."""
    contents = Contents(site_key=vault.site_key, ca_key=vault.ca_key, ca_cert=vault.ca_cert, values=dict(vault.values))
    content: bytes = pyrage.encrypt(contents.model_dump_json(indent=1).encode(), [key.to_public()])
    return content


def unseal(path: Path, now: datetime) -> Vault:
    """The vault in a file. Raises UserError when the key is missing or another one, or the file damaged."""
    try:
        plain = pyrage.decrypt(_sealed(path), [_key_for(path)])
        _refuse_form(path, Form.model_validate_json(plain))
        contents = Contents.model_validate_json(plain)
    except pyrage.DecryptError as error:
        raise _refused(path, str(error)) from None
    except ValidationError:
        raise _damaged(path) from None
    values = tuple(sorted(contents.values.items()))
    return Vault(contents.site_key, contents.ca_key, contents.ca_cert, now, values)


def _refuse_form(path: Path, form: Form) -> None:
    if form.version != VERSION:
        problem = f"has form {form.version}, which this colonnade does not know"
        raise UserError(path.name, problem, "use the colonnade that wrote it, or a newer one")


def _sealed(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UserError(path.name, f"cannot be read: {error.strerror}", "make it readable to you") from None


def _key_for(path: Path) -> pyrage.x25519.Identity:
    if key_path().exists():
        return identity()
    raise UserError(path.name, f"its key is missing: there is no {key_path()}", _restore(path))


def _refused(path: Path, reason: str) -> UserError:
    if "No matching keys" in reason:
        return UserError(path.name, f"encrypted for another key than {key_path()}", _restore(path))
    return _damaged(path)


def _restore(path: Path) -> str:
    return f"restore the key that made it, or move {path.name} away: a new one changes every password and certificate"


def _damaged(path: Path) -> UserError:
    return UserError(path.name, "the file is damaged", "restore it from version control or a backup")
