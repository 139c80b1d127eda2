"""An application's releases on one server: the steps of a deploy, each done whole or not at all.

Under /srv/colonnade/APP: `layers/` (see there), `releases/ID/` (links to layers, release.env, release.json), `current`
and, for web servers, `next` and `last`; `deploy.json` while a deploy is on its way; `history.jsonl`.
"""

from __future__ import annotations

import json
import os
import shutil
from contextlib import suppress

from colonnade.onhost import layers
from colonnade.onhost.host import Failed, exclusive, run, say, write_atomically
from colonnade.onhost.survey import ROOT, history, look, pointed, survey

LOCK = "/run/colonnade.release.lock"
HISTORY = 200
METRICS = "/var/lib/colonnade-metrics"


def main(request: dict) -> None:  # type: ignore[type-arg]
    try:
        # A step of a runner that is gone may still be at its end.
        with exclusive(LOCK, request.get("wait", 90)):
            say({"answer": DO[request["op"]](f"{ROOT}/{request['app']}", request)})
    except BlockingIOError:
        say({"problem": "an earlier deploy is still at work here", "detail": ""})
    except Failed as failed:
        say({"problem": failed.problem, "detail": failed.detail[-4000:]})
    except OSError as error:
        say({"problem": str(error), "detail": ""})


def lacking(root: str, request: dict) -> dict:  # type: ignore[type-arg]
    return layers.lacking(f"{root}/layers", request["layers"])


def fill(root: str, request: dict) -> None:  # type: ignore[type-arg]
    if not os.path.isdir(f"{root}/layers/{request['name']}"):
        layers.fill(f"{root}/layers", request["name"], request["entries"])


def place(root: str, request: dict) -> None:  # type: ignore[type-arg]
    """A release of layers that are there."""
    folder = f"{root}/releases/{request['release']}"
    os.makedirs(folder, exist_ok=True)
    for kind, layer in request["layers"].items():
        link(f"{folder}/{kind}", f"../../layers/{layer}")
    if not os.path.exists(f"{folder}/release.json"):
        write_atomically(f"{folder}/release.json", json.dumps(request["record"]).encode(), 0o644)
    write_atomically(f"{folder}/release.env", f"COLONNADE_RELEASE={request['release']}\n".encode(), 0o644)


def link(path: str, target: str) -> None:
    beside = path + ".new"
    if os.path.lexists(beside):
        os.unlink(beside)
    os.symlink(target, beside)
    os.replace(beside, path)


def point(root: str, request: dict) -> None:  # type: ignore[type-arg]
    """Links by name to releases; an empty one goes."""
    for name, release in request["links"].items():
        if release:
            link(f"{root}/{name}", f"releases/{release}")
        elif os.path.lexists(f"{root}/{name}"):
            os.unlink(f"{root}/{name}")
    if release := request["links"].get("current"):
        measure(os.path.basename(root), release)


def measure(app: str, release: str) -> None:
    """For node-exporter, which reads what root leaves there: servers on two releases are an alert."""
    line = f'colonnade_release_info{{app="{app}",release="{release}"}} 1\n'
    # On a full disk the way back has to work, measured or not.
    with suppress(OSError):
        os.makedirs(METRICS, exist_ok=True)
        write_atomically(f"{METRICS}/release-{app}.prom", line.encode(), 0o644)


def intend(root: str, request: dict) -> None:  # type: ignore[type-arg]
    """What whoever comes next must know; nothing when a deploy has come to its end."""
    path = f"{root}/deploy.json"
    if request["intent"] is not None:
        write_atomically(path, json.dumps(request["intent"]).encode(), 0o644)
        layers.flushed([path])
    elif os.path.exists(path):
        os.unlink(path)


def turn(root: str, request: dict) -> None:  # type: ignore[type-arg]
    """Other code under a running worker would be imported by it: it stops first. Done to the end by itself."""
    units = request["units"]
    if request["kill"]:
        # One that hangs would use all its time to stop. The stop comes first, so that nothing starts it again.
        run(["systemctl", "stop", "--no-block", *request["kill"]])
        run(["systemctl", "kill", "--signal=SIGKILL", *request["kill"]])
    run(["systemctl", "stop", *units])
    point(root, {"links": {"current": request["release"]}})
    if not request["release"]:
        return
    run(["systemctl", "reset-failed", *units])
    done = run(["systemctl", "start", *units])
    if done.returncode:
        raise Failed("the workers could not be started", done.stdout)


def why(root: str, request: dict) -> str:  # type: ignore[type-arg]
    """The last lines that the workers themselves wrote."""
    matches = [word for unit in request["units"] for word in ("+", f"_SYSTEMD_UNIT={unit}")][1:]
    since = f"--since=@{request['since']:.0f}"
    return str(run(["journalctl", "-q", "-o", "cat", "--no-pager", "-n", "20", since, *matches]).stdout)


def migrated(root: str, request: dict) -> None:  # type: ignore[type-arg]
    """What another server did for the whole site."""
    for name in ("migrated", *(["irreversible"] if request["irreversible"] else [])):
        write_atomically(f"{root}/releases/{request['release']}/{name}", b"", 0o644)


def note(root: str, request: dict) -> None:  # type: ignore[type-arg]
    lines = [json.dumps(each) for each in history(root)[-HISTORY:]] + [json.dumps(request["line"])]
    write_atomically(f"{root}/history.jsonl", "".join(f"{line}\n" for line in lines).encode(), 0o644)


def prune(root: str, request: dict) -> list:  # type: ignore[type-arg]
    """All releases but the spared go, and layers of none."""
    spared = {*request["spared"], *(pointed(root, name) for name in ("current", "next", "last"))}
    folder = f"{root}/releases"
    gone = [name for name in os.listdir(folder) if name not in spared]
    for name in gone:
        shutil.rmtree(f"{folder}/{name}", ignore_errors=True)
    used = set()
    for name in os.listdir(folder):
        for kind in os.listdir(f"{folder}/{name}"):
            if os.path.islink(f"{folder}/{name}/{kind}"):
                used.add(os.path.basename(os.readlink(f"{folder}/{name}/{kind}")))
    layers.sweep(f"{root}/layers", used)
    return gone


DO = {
    "survey": survey,
    "look": look,
    "lacking": lacking,
    "fill": fill,
    "place": place,
    "point": point,
    "intend": intend,
    "turn": turn,
    "why": why,
    "migrated": migrated,
    "note": note,
    "prune": prune,
}
