"""What runs beside an app's workers: processes that serve no HTTP, and jobs that run once for the site.

See docs/decisions for how the app servers agree on who runs a job.
"""

from __future__ import annotations

from collections.abc import Iterable

from colonnade.components.app.confinement import environment_path
from colonnade.components.app.servers import shell
from colonnade.components.app.unit_file import Program, unit_file
from colonnade.components.daemon_faults import Daemon, usual
from colonnade.components.rendering import render
from colonnade.model.app import App, Job, Process
from colonnade.model.fault import Fault
from colonnade.model.observation import Output, Probe, Status
from colonnade.model.resources import File, Package, Resource, Unit
from colonnade.model.site import Server

RUN_JOB = "/etc/colonnade/apps/run-job"
TIMER = "/etc/systemd/system/colonnade-app-job.timer"
IS_PYTHON = "/usr/bin/python3 -c 'import ast, sys; ast.parse(open(sys.argv[1]).read())' {path}"
# systemd ignores lines that it does not understand; it is asked only about the calendar, by the word for it.
IS_TIMER = (
    "! grep -vE '^(#|\\[[A-Z][a-z]+\\]$|[A-Z][A-Za-z]+=|$)' {path} && "
    """systemd-analyze calendar "$(sed -n 's/^OnCalendar=//p' {path})" >/dev/null"""
)
# A process that was started anew and has not lived this long yet may be about to end again.
SETTLED = 10


def process_unit(app: App, process: Process, number: int) -> str:
    return f"colonnade-{app.name}-{process.name}@{number}.service"


def process_units(app: App) -> tuple[str, ...]:
    """Every unit of a server that runs a release all the time and serves no HTTP: a deploy restarts them."""
    return tuple(process_unit(app, each, n) for each in app.processes for n in range(1, each.count + 1))


def job_unit(app: App, job: Job) -> str:
    return f"colonnade-{app.name}-{job.name}"


def run_now(job: Job) -> tuple[str, ...]:
    """A run by hand: it is written down like any other, and refused while one is on its way."""
    return ("/usr/bin/python3", "-I", RUN_JOB, job.name, "now", "/bin/sh", "-c", f"exec {job.command}")


def resources(app: App, server: Server) -> Iterable[Resource]:
    for process in app.processes:
        yield from _process(app, process, server)
    # Also where there is no job yet: the first one then needs no package, and one lab image serves all sites.
    yield Package("python3-psycopg2")
    if app.jobs:
        yield File(RUN_JOB, render("app", RUN_JOB), mode=0o755, check=IS_PYTHON)
    for job in app.jobs:
        yield from _job(app, job, server)


def _process(app: App, process: Process, server: Server) -> Iterable[Resource]:
    name = f"colonnade-{app.name}-{process.name}"
    path = f"/etc/systemd/system/{name}@.service"
    own = f"COLONNADE_PROCESS={process.name} COLONNADE_WORKER=%i COLONNADE_SERVER={server.name}"
    program = Program(f"{app.name}, {process.name} %i", shell(process.command), f"{name}-%i", own)
    yield File(path, unit_file(app, program))
    for number in range(1, process.count + 1):
        yield Unit(
            process_unit(app, process, number),
            restart_on=(environment_path(app), path),
            conditional=True,
            effect="the other servers' go on",
        )


def _job(app: App, job: Job, server: Server) -> Iterable[Resource]:
    name = job_unit(app, job)
    service, timer = f"/etc/systemd/system/{name}.service", f"/etc/systemd/system/{name}.timer"
    own = f"COLONNADE_JOB={job.name} COLONNADE_SERVER={server.name}"
    start = f"/usr/bin/python3 -I {RUN_JOB} {job.name} '{job.at}' {shell(job.command)}"
    yield File(service, unit_file(app, Program(f"{app.name}, job {job.name}", start, name, own, limit=job.limit)))
    yield File(timer, render("app", TIMER, app=app, job=job), check=IS_TIMER)
    yield Unit(f"{name}.timer", restart_on=(timer,), effect="none, it only waits")


def read_process(output: Output) -> tuple[Status, str, dict[str, str]]:
    """`ActiveState`, restarts, seconds since it was started. Pages are served without it: never worse than degraded."""
    state, restarts, started, now = output.text.split()
    if state == "inactive":
        return Status.DEGRADED, "does not run: no release yet, or stopped by hand", {}
    since = float(now) - int(started) / 1e6
    if state != "active" or (restarts != "0" and since < SETTLED):
        return Status.DEGRADED, f"does not stay up: started anew {restarts} times", {}
    return Status.OK, "runs", {}


def read_job(output: Output) -> tuple[Status, str, dict[str, str]]:
    """The timer's state and how the last run on this server ended."""
    timer, result = output.text.split()
    if timer != "active":
        return Status.DEGRADED, "its timer does not run", {}
    if result != "success":
        return Status.DEGRADED, f"its last run here failed: {result}", {}
    return Status.OK, "waits for its time", {}


def probes(app: App) -> Iterable[Probe]:
    for unit in process_units(app):
        # One by one: several come in an order of systemd's own.
        names = ("ActiveState", "NRestarts", "ExecMainStartTimestampMonotonic")
        show = "; ".join(f"systemctl show -P {name} {unit}" for name in names)
        yield Probe("app", unit, f"{show}; cut -d ' ' -f 1 /proc/uptime", read_process)
    for job in app.jobs:
        name = job_unit(app, job)
        show = f"systemctl show -P ActiveState {name}.timer; systemctl show -P Result {name}.service"
        yield Probe("app", f"{name}.timer", show, read_job)


def faults(app: App, server: Server) -> Iterable[Fault]:
    for unit in process_units(app):
        yield from usual(Daemon("app", unit, server.name, "-process"))
