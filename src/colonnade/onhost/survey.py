"""What stands of an application on one server, and how its workers are. Changes nothing, but makes its folder."""

from __future__ import annotations

import json
import os

from colonnade.onhost.host import run, shown_by_systemd

ROOT = "/srv/colonnade"
# The line with which an app's migration says that the release before it cannot work with the database any more.
IRREVERSIBLE = "colonnade: irreversible"


def survey(root: str, request: dict) -> dict:  # type: ignore[type-arg]
    os.makedirs(f"{root}/layers", exist_ok=True)
    return {
        "current": pointed(root, "current"),
        "served": [pointed(root, name) for name in ("next", "last")],
        "releases": {name: described(f"{root}/releases/{name}") for name in kept(root)},
        "workers": workers(request["units"]),
        "intent": loaded(f"{root}/deploy.json"),
        "history": history(root),
        "migrating": active(f"colonnade-migrate-{request['app']}.service"),
    }


def look(root: str, request: dict) -> dict:  # type: ignore[type-arg]
    return workers(request["units"])


def pointed(root: str, name: str) -> str:
    try:
        return os.path.basename(os.readlink(f"{root}/{name}"))
    except OSError:
        return ""


def kept(root: str) -> list:  # type: ignore[type-arg]
    folder = f"{root}/releases"
    return sorted(name for name in os.listdir(folder) if os.path.exists(f"{folder}/{name}/release.env"))


def described(folder: str) -> dict:  # type: ignore[type-arg]
    found = loaded(f"{folder}/release.json") or {}
    if os.path.exists(f"{folder}/migrated"):
        found["migrated"] = True
        found["irreversible"] = os.path.exists(f"{folder}/irreversible") or said_irreversible(folder)
    return found


def said_irreversible(folder: str) -> bool:
    return any(line.startswith(IRREVERSIBLE) for line in text(f"{folder}/migrate.log").splitlines())


def loaded(path: str) -> dict | None:  # type: ignore[type-arg]
    try:
        with open(path) as file:
            return json.load(file)  # type: ignore[no-any-return]
    except (FileNotFoundError, ValueError):
        return None


def workers(units: list) -> dict:  # type: ignore[type-arg]
    """Unit: [ActiveState, restarts since it was started, the release it was started with]."""
    found = {}
    for unit, shown in shown_by_systemd(units, "ActiveState,NRestarts").items():
        home = "/run/" + unit.replace("@", "-").rpartition(".")[0]
        found[unit] = [shown.get("ActiveState", ""), int(shown.get("NRestarts", 0)), text(f"{home}/.release")]
    return found


def text(path: str) -> str:
    try:
        with open(path, errors="replace") as file:
            return file.read().strip()
    except OSError:
        return ""


def active(unit: str) -> bool:
    return run(["systemctl", "is-active", unit]).stdout.strip() in ("active", "activating", "deactivating")


def history(root: str) -> list:  # type: ignore[type-arg]
    lines = text(f"{root}/history.jsonl").splitlines()
    return [json.loads(line) for line in lines if line.startswith("{") and line.endswith("}")]
