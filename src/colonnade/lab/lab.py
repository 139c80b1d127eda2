"""The lab's verbs."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor

from colonnade.errors import UserError
from colonnade.lab import disk, host, image, keys, locks, machine, network, processes, volume
from colonnade.lab.spec import LabSpec, Machine, MachineState, machines_on_disk, site_folder

AT_ONCE = 16
"""Machines booted at a time; each is half a second of work for one core."""


def up(spec: LabSpec, say: host.Say) -> None:
    """Every machine of the spec runs and answers SSH; machines no longer in it are deleted. Idempotent.

    Raises UserError when this computer cannot hold the lab or a machine does not start.
    """
    host.require()
    host.fill_machine_id()
    lower = image.ensure(spec.packages, say)
    with locks.whole_lab(spec.site):
        _remove_strangers(spec, say)
        _make_network(spec, say)
        _require_space(spec)
        for one in spec.all:
            disk.create(one, lower)
        _start_all(spec, spec.all, say)
    image.prune(disk.images_used())


def down(spec: LabSpec | str, say: host.Say | None = None) -> None:
    """Deletes the lab's machines with their disks, its links and its bridge; also what is left of a broken lab.

    A site's name does as well as its spec. The image stays for the next time, and so does the operator's key.
    """
    host.require_root()
    site = spec if isinstance(spec, str) else spec.site
    if exists(site):
        with locks.whole_lab(site):
            _each(machines_on_disk(site), _delete)
            network.remove(_recorded_bridge(site))
            _delete_site(site)
        (say or _quiet)(f"{site}: gone")
    if isinstance(spec, LabSpec):
        network.remove(spec.bridge)
        spec.known_hosts.unlink(missing_ok=True)


def exists(site: str) -> bool:
    """Whether anything of the site's lab is on this computer."""
    return site_folder(site).is_dir()


def running_strangers(spec: LabSpec, addresses: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Names and addresses of machines that run here and that the spec does not name."""
    table, known = processes.table(), {one.name for one in spec.all}
    others = [one.name for one in machines_on_disk(spec.site) if one.name not in known and one.name in addresses]
    found = [Machine(spec.site, name, addresses[name]) for name in others]
    return tuple((one.name, one.address) for one in found if _state(one, table).state == "running")


def ps(spec: LabSpec) -> tuple[MachineState, ...]:
    """What each machine is doing, in the order of the spec."""
    host.require_root()
    table = processes.table()
    return tuple(_state(one, table) for one in spec.all)


def stop(spec: LabSpec, name: str) -> None:
    """The server is lost: its power fails. Returns when it is gone from the network; its disk stays."""
    one = _named(spec, name)
    with locks.one_machine(one):
        machine.halt(one)


def start(spec: LabSpec, name: str) -> None:
    """Boots the machine on the disk it has; returns when it answers SSH. A running one is plugged in again."""
    one = _named(spec, name)
    with locks.one_machine(one):
        _make_network(spec, _quiet)
        _start_all(spec, (one,), _quiet)


def cut(spec: LabSpec, name: str) -> None:
    """Pulls the machine's cable; the machine itself runs on. Raises UserError when it does not run."""
    one = _named(spec, name)
    with locks.one_machine(one):
        _require_link(one)
        network.pull(one)


def heal(spec: LabSpec, name: str) -> None:
    """Plugs the machine's cable in again. Raises UserError when it does not run."""
    one = _named(spec, name)
    with locks.one_machine(one):
        _require_link(one)
        network.plug(one, spec.bridge)


def _quiet(line: str) -> None:
    pass


def _require_link(one: Machine) -> None:
    if not network.exists(one.link):
        raise UserError(one.name, "the machine does not run, so it has no link", f"colonnade lab start {one.name}")


def _named(spec: LabSpec, name: str) -> Machine:
    host.require_root()
    return spec.named(name)


def _start_all(spec: LabSpec, machines: tuple[Machine, ...], say: host.Say) -> None:
    operator = keys.operator_key(spec)
    for one in machines:
        _settle(one, operator)
    # The keys of all of them are read from their disks.
    for one in spec.all:
        volume.mount(one)
    keys.write_known_hosts(spec)
    _each(machines, lambda one: _start(spec, one, say))


def _settle(one: Machine, operator: str) -> None:
    """Mounts the disk and writes what has changed. A machine whose disk or address went from under it is halted."""
    if not one.root.is_mount():
        machine.halt(one)
        disk.mount(one)
    if disk.identify(one, operator):
        machine.halt(one)


def _start(spec: LabSpec, one: Machine, say: host.Say) -> None:
    if _sound(one):
        network.plug(one, spec.bridge)
        return machine.await_login(spec, one)
    machine.halt(one)
    machine.boot(spec, one)
    return say(f"{one.name}: up at {one.address}")


def _sound(one: Machine) -> bool:
    """Whether it runs with all that belongs to a running machine; else it is started anew."""
    running = processes.find(one, processes.table())
    return bool(running and running.init and running.nspawn and network.exists(one.link))


def _state(one: Machine, table: tuple[processes.Process, ...]) -> MachineState:
    running = processes.find(one, table)
    if running is None or running.init is None:
        return MachineState(one.name, one.address, "stopped" if disk.exists(one) else "absent")
    word = "running" if network.is_up(one.link) else "cut"
    return MachineState(one.name, one.address, word, processes.memory(running), processes.uptime(running))


def _remove_strangers(spec: LabSpec, say: host.Say) -> None:
    names = {one.name for one in spec.all}
    strangers = [one for one in machines_on_disk(spec.site) if one.name not in names]
    _each(strangers, _delete)
    for one in strangers:
        say(f"{one.name}: deleted, no longer in the spec")


def _delete(one: Machine) -> None:
    machine.halt(one)
    disk.delete(one)


def _require_space(spec: LabSpec) -> None:
    new = sum(not disk.exists(one) for one in spec.all)
    host.require_space(site_folder(spec.site), new * disk.SPACE, f"room for {new} machines")


def _make_network(spec: LabSpec, say: host.Say) -> None:
    """The bridge's name is kept for `down` without the spec."""
    before = _recorded_bridge(spec.site)
    if before != spec.bridge:
        network.remove(before)
    network.ensure_bridge(spec, say)
    (site_folder(spec.site) / ".bridge").write_text(spec.bridge)


def _recorded_bridge(site: str) -> str:
    record = site_folder(site) / ".bridge"
    return record.read_text() if record.exists() else ""


def _delete_site(site: str) -> None:
    """Last of all: the lock is on this folder."""
    shutil.rmtree(site_folder(site))


def _each(machines: Iterable[Machine], do: Callable[[Machine], None]) -> None:
    """All at once; every machine gets its turn before the first error is raised, with the others told in it."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        futures = [pool.submit(do, one) for one in machines]
    errors = [error for future in futures if (error := future.exception())]
    for error in errors:
        if not isinstance(error, UserError):
            raise error
    if errors:
        raise _together([error for error in errors if isinstance(error, UserError)])


def _together(errors: list[UserError]) -> UserError:
    first, *others = errors
    told = [first.detail, *(f"{error}" for error in others)]
    return UserError(first.where, first.problem, first.hint, detail="\n".join(line for line in told if line))
