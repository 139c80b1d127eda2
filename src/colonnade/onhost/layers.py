"""Layers: folders named after their content. Files that another layer has are linked from there, the rest is sent."""

from __future__ import annotations

import json
import os
import py_compile
import shutil
import subprocess
import sys
import tarfile

from colonnade.onhost.host import Failed, digest

# Bytes left for the daemons of a server that a release nearly fills.
RESERVE = 64 << 20
# What a file becomes on the disk: itself, and Python's compiled form of it.
GROWTH = 2
# A flush of everything costs as much as those of about so many files, and the start of compileall as much as to compile
# them here.
MANY = 100
BLOBS = ".blobs"


def lacking(folder: str, layers: dict) -> dict:  # type: ignore[type-arg]
    """Of each layer that is not there: the keys of the files that no other layer has. `layers` gives their sizes."""
    absent = {name: files for name, files in layers.items() if not os.path.isdir(f"{folder}/{name}")}
    known = owned(folder) if absent else {}
    missing = {name: sorted(key for key in files if key not in known) for name, files in absent.items()}
    wanted = GROWTH * sum(absent[name][key] for name, keys in missing.items() for key in keys)
    free = free_bytes(folder)
    if missing and wanted + RESERVE > free:
        text = "{} MB free, and the release needs {} MB and leaves {} MB to the daemons"
        raise Failed("the disk is too full: " + text.format(free >> 20, (wanted >> 20) + 1, RESERVE >> 20))
    return missing


def free_bytes(folder: str) -> int:
    disk = os.statvfs(folder)
    return disk.f_bavail * disk.f_frsize


def owned(folder: str) -> dict:  # type: ignore[type-arg]
    """Key: a file that has it, in any layer."""
    found = {}
    for name in os.listdir(folder):
        if name.endswith(".json"):
            with open(f"{folder}/{name}") as file:
                for key, path in json.load(file).items():
                    found[key] = f"{folder}/{name[:-5]}/{path}"
    return found


def fill(folder: str, name: str, entries: list) -> None:  # type: ignore[type-arg]
    """Makes a layer of [path, key, executable, time, link] entries; standard input is a tar of what is missing."""
    part = f"{folder}/{name}.part"
    shutil.rmtree(part, ignore_errors=True)
    try:
        blobs = unpacked(f"{part}/{BLOBS}")
        grow(part, entries, {**owned(folder), **blobs})
        shutil.rmtree(f"{part}/{BLOBS}")
        compiled(part, f"{folder}/{name}")
        keep(f"{folder}/{name}.json", {entry[1]: entry[0] for entry in entries if entry[4] is None})
        os.replace(part, f"{folder}/{name}")
    except OSError as error:
        shutil.rmtree(part, ignore_errors=True)
        raise Failed(f"the release could not be unpacked: {error.strerror or error}") from error


def unpacked(folder: str) -> dict:  # type: ignore[type-arg]
    """The files of the tar on standard input: each is named by its key, which its content has to match."""
    os.makedirs(folder)
    found = {}
    with tarfile.open(fileobj=sys.stdin.buffer, mode="r|gz") as tar:
        for member in tar:
            source = tar.extractfile(member)
            data = source.read() if source else b""
            if digest(data) != member.name[:64]:
                raise Failed("what arrived is not what was sent")
            found[member.name] = f"{folder}/{member.name}"
            with open(found[member.name], "wb") as file:
                file.write(data)
    flushed(found.values())
    return found


def flushed(paths) -> None:  # type: ignore[no-untyped-def]
    """A release is named live only once all of it is on the disk. Compiled files are made anew if they are not."""
    if len(paths) > MANY:
        os.sync()
        return
    for path in paths:
        descriptor = os.open(path, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)


def grow(part: str, entries: list, sources: dict) -> None:  # type: ignore[type-arg]
    for path, key, executable, time, link in entries:
        place = f"{part}/{path}"
        os.makedirs(os.path.dirname(place), exist_ok=True)
        if link is not None:
            os.symlink(link, place)
            continue
        joined(sources[key], place)
        os.chmod(place, 0o755 if executable else 0o644)
        os.utime(place, (time, time))
        if path.endswith(".py") and BLOBS not in sources[key]:
            with_bytecode(sources[key], place)


def joined(source: str, place: str) -> None:
    try:
        os.link(source, place)
    except OSError:
        # An empty file has as many names as packages have __init__.py; a file system has its limits.
        shutil.copy2(source, place)


def with_bytecode(source: str, place: str) -> None:
    """It is valid for the same time and size, wherever the file stands."""
    here, there = bytecode(source), bytecode(place)
    if os.path.exists(here):
        os.makedirs(os.path.dirname(there), exist_ok=True)
        joined(here, there)


def bytecode(path: str) -> str:
    folder, _, name = path.rpartition("/")
    return f"{folder}/__pycache__/{name[:-3]}.{sys.implementation.cache_tag}.pyc"


def compiled(part: str, final: str) -> None:
    """The workers may not write there. What does not compile (templates of code, other Pythons') is nobody's error."""
    lacking = [path for path in modules(part) if not os.path.exists(bytecode(path))]
    if len(lacking) <= MANY:
        for path in lacking:
            py_compile.compile(path, dfile=final + path[len(part) :], quiet=2)
        return
    subprocess.run(
        [sys.executable, "-m", "compileall", "-q", "-j", "0", "-s", part, "-p", final, part],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def modules(folder: str):  # type: ignore[no-untyped-def]
    for place, _, names in os.walk(folder):
        yield from (f"{place}/{name}" for name in names if name.endswith(".py"))


def keep(path: str, index: dict) -> None:  # type: ignore[type-arg]
    """Its flush commits the names of all files before it, too."""
    with open(path, "w") as file:
        json.dump(index, file)
        file.flush()
        os.fsync(file.fileno())


def sweep(folder: str, used: set) -> None:  # type: ignore[type-arg]
    """Layers of no release, and what an interrupted upload left."""
    for name in os.listdir(folder):
        stem = name.partition(".")[0]
        if stem not in used or name.endswith(".part"):
            if os.path.isdir(f"{folder}/{name}"):
                shutil.rmtree(f"{folder}/{name}", ignore_errors=True)
            else:
                os.unlink(f"{folder}/{name}")
