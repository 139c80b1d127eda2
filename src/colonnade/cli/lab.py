"""`colonnade lab`: the same site on machines of this computer, where every failure can be tried."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import Annotated

import typer

from colonnade import lab
from colonnade.cli.apply import converge
from colonnade.cli.deploy import bundles, ship
from colonnade.cli.options import DEFAULT_FILE, FileOption, OutputOption
from colonnade.cli.session import Session, open_session, print_json, say
from colonnade.model.resources import Package
from colonnade.observe.document import url
from colonnade.spec.environment import LAB, forget_lab_seats, lab_network, lab_seats

NameArgument = Annotated[str, typer.Argument(help="The server's name in the spec.", show_default=False)]

app = typer.Typer(help="The same site on machines of this computer. Needs root.", no_args_is_help=True)


def spec_of(session: Session) -> lab.LabSpec:
    """What the lab must know of a site; the image holds the packages of every component, so one serves all sites."""
    network = lab_network(session.site.name)
    return lab.LabSpec(
        site=session.site.name,
        bridge=network.bridge,
        gateway=network.gateway,
        machines=tuple((server.name, server.address) for server in session.site.servers),
        packages=packages(session),
        state=session.loaded.state,
    )


def packages(session: Session) -> tuple[str, ...]:
    made = session.remembered_design()
    found = {package.name for server in made.servers.values() for _, package in server.all(Package)}
    return tuple(sorted(found))


@app.command()
def up(file: FileOption = DEFAULT_FILE) -> None:
    """Make the machines, apply the spec to them and ship the app. May be called again at any time."""
    started = perf_counter()
    session = open_session(file, LAB)
    with ThreadPoolExecutor(1) as background:
        # The bundle needs the registry and one core for a few seconds: time that the machines take to boot.
        building = background.submit(bundles, session.site.apps)
        _converge(session)
        built = building.result()
    asyncio.run(ship(session, built))
    addresses = " ".join(url(vip.address) for vip in session.site.vips)
    print(f"{session.site.name} is up in {perf_counter() - started:.0f} s: {addresses}")


def rescale(file: Path) -> None:
    """For a spec that was edited a moment ago: machines come before the apply, and go after it."""
    _converge(open_session(file, LAB))


def _converge(session: Session) -> None:
    """Machines that have left the spec run on until their servers have taken leave of the others."""
    spec = spec_of(session)
    strangers = lab.running_strangers(spec, seats_of(session))
    lab.up(replace(spec, machines=(*spec.machines, *strangers)), say)
    asyncio.run(converge(session, yes=True))
    if strangers:
        lab.up(spec, say)


def seats_of(session: Session) -> dict[str, str]:
    """The address of every name that the lab has had."""
    network = lab_network(session.site.name)
    seats = lab_seats(session.loaded.state, ())
    return {name: network.server(seat) for name, seat in seats.items()}


@app.command()
def down(file: FileOption = DEFAULT_FILE) -> None:
    """Remove the machines and all that belongs to them; the image stays for the next time."""
    session = open_session(file, LAB)
    lab.down(spec_of(session))
    forget_lab_seats(session.loaded.state)


@app.command()
def ps(file: FileOption = DEFAULT_FILE, output: OutputOption = "text") -> None:
    """List the machines."""
    machines = lab.ps(spec_of(open_session(file, LAB)))
    if output == "json":
        print_json(
            [
                {"name": m.name, "address": m.address, "state": m.state, "memory": m.memory, "uptime": m.uptime}
                for m in machines
            ]
        )
        return
    for each in machines:
        memory, uptime = (each.memory or 0) >> 20, each.uptime or 0
        print(f"{each.name:<12} {each.address:<16} {each.state:<8} {memory:>5} MB {uptime:>6.0f} s")


@app.command()
def stop(name: NameArgument, file: FileOption = DEFAULT_FILE) -> None:
    """Lose a server: its power is cut."""
    lab.stop(spec_of(open_session(file, LAB)), name)


@app.command()
def start(name: NameArgument, file: FileOption = DEFAULT_FILE) -> None:
    """Start a lost server again, on the disk it had."""
    lab.start(spec_of(open_session(file, LAB)), name)


@app.command()
def cut(name: NameArgument, file: FileOption = DEFAULT_FILE) -> None:
    """Cut a server's network."""
    lab.cut(spec_of(open_session(file, LAB)), name)


@app.command()
def heal(name: NameArgument, file: FileOption = DEFAULT_FILE) -> None:
    """Mend a server's network."""
    lab.heal(spec_of(open_session(file, LAB)), name)
