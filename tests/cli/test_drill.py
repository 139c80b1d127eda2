"""What `colonnade drill run` tells when it does not come to its end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from colonnade.cli import drill
from colonnade.drill.outcome import Outcome
from tests.drill.stories import primary_lost


def test_drills_that_have_ended_are_told_when_a_later_one_is_interrupted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def interrupted(*words: object) -> None:
        done: Callable[[Outcome], None] = words[-1]  # type: ignore[assignment]
        done(primary_lost(1, 21.9, 40))
        raise KeyboardInterrupt

    monkeypatch.setattr(drill, "open_session", lambda *words: None)
    monkeypatch.setattr(drill, "ground_of", lambda session: SimpleNamespace(lab=True))
    monkeypatch.setattr(drill, "chosen", lambda names, ground: [])
    monkeypatch.setattr(drill, "run_all", interrupted)
    with pytest.raises(KeyboardInterrupt):
        drill.run_drills(["all"], Path("colonnade.toml"), report=tmp_path / "here")
    told = capsys.readouterr()
    assert "primary-lost" in told.out and str(tmp_path / "here/report.html") in told.err
    kept = {path.name for path in (tmp_path / "here").iterdir()}
    assert kept == {"report.html", "report.json", "primary-lost-1.jsonl.gz"}
