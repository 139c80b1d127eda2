"""`colonnade drill`: breaks the site under load, and says with numbers whether it survived."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from random import SystemRandom
from typing import Annotated

import typer

from colonnade.cli.lab import spec_of
from colonnade.cli.options import DEFAULT_FILE, EnvironmentOption, FileOption, OutputOption
from colonnade.cli.session import Session, open_session, print_json, say
from colonnade.drill.applying import applies
from colonnade.drill.burning import USUAL
from colonnade.drill.campaign import Run, faults_of, run_all
from colonnade.drill.catalogue import CATALOGUE, Drill
from colonnade.drill.ground import Ground
from colonnade.drill.outcome import Campaign, Outcome
from colonnade.drill.preconditions import require_whole, whatever
from colonnade.drill.report import recorded
from colonnade.drill.report.document import as_document
from colonnade.drill.report.html import as_html
from colonnade.drill.report.text import as_text
from colonnade.drill.verdict import Verdict
from colonnade.errors import Exit, UserError
from colonnade.spec.environment import LAB
from colonnade.spec.problems import nearest

NamesArgument = Annotated[
    list[str], typer.Argument(help="drills of `colonnade drill list`, or all", show_default=False)
]
SeedOption = Annotated[int | None, typer.Option("--seed", help="chooses the servers; the same seed chooses the same")]
RunsOption = Annotated[int, typer.Option("--runs", min=1, max=100, help="how often each drill is run")]
AnywayOption = Annotated[bool, typer.Option("--anyway", help="also where the site is degraded already")]
ProductionOption = Annotated[
    str, typer.Option("--on-production", metavar="SITE", help="break a site that is no lab: its name, typed")
]
HoldOption = Annotated[
    float | None,
    typer.Option("--hold", min=1, max=600, help="seconds until it is mended; each drill's own when not set"),
]
BudgetOption = Annotated[
    float | None,
    typer.Option(
        "--error-budget",
        min=0,
        max=100,
        help=f"percent of requests that may fail within seconds before the drill ends; {USUAL:g} in production",
    ),
]
ReportOption = Annotated[
    Path | None, typer.Option("--report", help="folder for report.html and report.json; beside the spec when not set")
]

app = typer.Typer(help="Break the site under load and judge what it kept.", no_args_is_help=True)


@app.command("list")
def list_drills(file: FileOption = DEFAULT_FILE, environment: EnvironmentOption = None) -> None:
    """List the drills, and which of them apply to this site."""
    ground = ground_of(open_session(file, environment))
    faults = faults_of(ground)
    for drill in CATALOGUE:
        print(f"{'  ' if applies(drill, faults, ground.site) else '- '}{drill.name:<24} {drill.title}")
    print("\n- does not apply here")


@app.command("run")
def run_drills(
    names: NamesArgument,
    file: FileOption = DEFAULT_FILE,
    environment: EnvironmentOption = None,
    seed: SeedOption = None,
    runs: RunsOption = 1,
    hold: HoldOption = None,
    error_budget: BudgetOption = None,
    anyway: AnywayOption = False,
    on_production: ProductionOption = "",
    output: OutputOption = "text",
    report: ReportOption = None,
) -> None:
    """Run drills. Exits 1 when one fails or proves nothing."""
    session = open_session(file, environment)
    ground = ground_of(session)
    _require_permission(ground, on_production)
    drills = [drill if hold is None else drill.held(hold) for drill in chosen(names, ground)]
    first = SystemRandom().randrange(10_000) if seed is None else seed
    budget = USUAL if error_budget is None and not ground.lab else error_budget
    planned = [Run(drill, first + number, budget) for drill in drills for number in range(runs)]
    require = whatever if anyway else require_whole
    folder = report or session.loaded.state / "drills" / datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    ended: list[Outcome] = []
    try:
        asyncio.run(run_all(ground, planned, say, require, ended.append))
    finally:
        # Also after Ctrl-C: those that have ended are told.
        campaign = Campaign(tuple(ended))
        if ended:
            _tell(campaign, folder, output)
    raise typer.Exit(Exit.OK if campaign.verdict is Verdict.PASS else Exit.FAILED)


def ground_of(session: Session) -> Ground:
    made = session.remembered_design()
    loaded = session.loaded
    lab = spec_of(session) if loaded.environment == LAB else None
    words = ("-f", str(loaded.path), *(("-e", loaded.environment) if loaded.environment else ()))
    return Ground(made.layout, loaded.state, words, lab)


def chosen(names: list[str], ground: Ground) -> list[Drill]:
    """The drills of these names; `all` are those that apply."""
    faults = faults_of(ground)
    if names == ["all"]:
        return [drill for drill in CATALOGUE if applies(drill, faults, ground.site)]
    known = {drill.name: drill for drill in CATALOGUE}
    for name in names:
        if name not in known:
            raise UserError(name, "there is no such drill", nearest(name, known), exit_code=Exit.USAGE)
        if not applies(known[name], faults, ground.site):
            raise UserError(name, f"does not apply to {ground.site.name}", "colonnade drill list", exit_code=Exit.USAGE)
    return [known[name] for name in names]


def _require_permission(ground: Ground, typed: str) -> None:
    if ground.lab or typed == ground.site.name:
        return
    problem = f"{ground.site.name} is no lab" if not typed else f"this is {ground.site.name}, not {typed}"
    hint = f"try it in the lab first: colonnade drill run -e lab …; or --on-production {ground.site.name}"
    raise UserError("", f"{problem}: nothing was broken", hint, exit_code=Exit.NEEDS_CONFIRMATION)


def _tell(campaign: Campaign, folder: Path, output: str) -> None:
    _keep(campaign, folder)
    print_json(as_document(campaign)) if output == "json" else print(as_text(campaign))
    say(f"report: {folder / 'report.html'}")


def _keep(campaign: Campaign, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.html").write_text(as_html(campaign))
    (folder / "report.json").write_text(json.dumps(as_document(campaign), indent=1))
    for outcome in campaign.outcomes:
        (folder / recorded.file_name(outcome)).write_bytes(recorded.as_lines(outcome))
