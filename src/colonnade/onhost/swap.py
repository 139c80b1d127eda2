"""Changes a group of files together: all written beside, checked, then renamed; after a failed check the old stand."""

from __future__ import annotations

import os
import shutil

from colonnade.onhost.host import Failed, shell

# A check that is cut off reads as a refusal, and on starved servers 30 s were found short: as long as a task has.
CHECK_SECONDS = 120


def swap(wanted: list) -> None:  # type: ignore[type-arg]
    """Failed when a file's own check does not accept it; then nothing has changed."""
    saved: dict[str, str | None] = {}
    try:
        for file in wanted:
            stage(file)
        # All are written before the first is flushed: the disk's journal is then committed once, not for each.
        for file in wanted:
            flush(staged(file))
        # What others refer to goes first, so that a check sees the configuration as it will be.
        for file in sorted(wanted, key=lambda each: each["check"] is not None):
            if file["check"]:
                check(file)
            saved[file["path"]] = keep(file["path"])
            os.replace(staged(file), file["path"])
    except BaseException:
        restore(saved)
        raise
    finally:
        discard([staged(file) for file in wanted] + [old for old in saved.values() if old])


def staged(file: dict) -> str:  # type: ignore[type-arg]
    return str(file["path"]) + ".colonnade-new"


def stage(file: dict) -> None:  # type: ignore[type-arg]
    os.makedirs(os.path.dirname(file["path"]), exist_ok=True)
    # What a killed agent left may be readable for more than this file is meant for.
    discard([staged(file)])
    descriptor = os.open(staged(file), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as target:
        target.write(file["content"].encode())
        give(staged(file), file)
        os.fchmod(target.fileno(), int(file["mode"], 8))


def give(path: str, wanted: dict) -> None:  # type: ignore[type-arg]
    try:
        shutil.chown(path, wanted["owner"], wanted["group"])
    except LookupError as error:
        raise Failed(f"{path}: {error}") from error


def flush(path: str) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)


def check(file: dict) -> None:  # type: ignore[type-arg]
    code, output = shell(file["check"].replace("{path}", staged(file)), CHECK_SECONDS)
    if code:
        text = output.replace(staged(file), file["path"])
        raise Failed("{} was not accepted; the old one stands".format(file["path"]), text)


def keep(path: str) -> str | None:
    """A second name for the old file, for as long as the group is not complete."""
    if not os.path.exists(path):
        return None
    old = path + ".colonnade-old"
    discard([old])
    os.link(path, old)
    return old


def restore(saved: dict) -> None:  # type: ignore[type-arg]
    for path, old in saved.items():
        if old:
            os.replace(old, path)
        else:
            discard([path])


def discard(paths: list[str]) -> None:
    for path in paths:
        try:
            os.unlink(path)
        except FileNotFoundError:
            continue
