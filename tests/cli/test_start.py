"""The command itself, before any verb."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from typer.testing import CliRunner

from colonnade.cli import main
from colonnade.cli.main import VERBS, build
from colonnade.errors import Exit


def test_it_says_which_version_it_is() -> None:
    said = CliRunner().invoke(build(VERBS), ["--version"])
    assert (said.exit_code, said.output) == (0, f"colonnade {version('colonnade')}\n")


def test_ctrl_c_before_the_verb_is_loaded_is_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(_: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(main, "import_module", interrupted)
    assert main.run(VERBS) == 130
    assert capsys.readouterr().err == "interrupted: run the same command again to finish\n"


def test_ctrl_c_while_a_verb_works_says_how_to_go_on(tmp_path: Path) -> None:
    spec = tmp_path / "colonnade.toml"
    os.mkfifo(spec)
    # A shell's background jobs, as tests may be, ignore Ctrl-C, and so would whatever they start.
    python = ["env", "--default-signal=INT", sys.executable, "-c", "from colonnade.cli.main import main; main()"]
    command = [*python, "check", "-f", str(spec)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    # Opens as soon as the verb reads its spec, which then never ends.
    with process, spec.open("w"):
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (130, "", "interrupted: run the same command again to finish\n")


def test_a_verb_that_ends_by_itself_gets_no_word_more(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The code comes back to main, which ends at once."""

    def ended(_: str) -> None:
        raise SystemExit(Exit.INTERRUPTED)

    monkeypatch.setattr(main, "import_module", ended)
    assert main.run(VERBS) == 130
    assert capsys.readouterr().err == ""
