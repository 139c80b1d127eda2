"""What uv says, in other words. The texts are uv's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from colonnade.errors import UserError
from colonnade.release import uv

SOLUTION = "error: No solution found when resolving dependencies\n  cause: Because "
CASES = {
    "there is no version of starlette==99 and you require starlette==99, we can conclude that your requirements "
    "are unsatisfiable.": "cannot be satisfied: starlette==99",
    "starlette==1.0.0 depends on anyio>=3.6.2,<5 and you require starlette==1.0.0, we can conclude that you require "
    "anyio>=3.6.2,<5.\n         And because you require anyio==1.0, we can conclude that your requirements are "
    "unsatisfiable.": "cannot be satisfied: starlette==1.0.0 and anyio==1.0",
    "all versions of uwsgi have no usable wheels and you require uwsgi, we can conclude that your requirements are "
    "unsatisfiable.\n\nhint: Wheels are required for `uwsgi` because building from source is disabled for all packages"
    " (i.e., with `--no-build`)": "uwsgi has no wheel for the servers",
    "flask==2.0.1 needs to be downloaded from a registry and you require flask==2.0.1, we can conclude that your "
    "requirements are unsatisfiable.\n\nhint: Packages were unavailable because the network was disabled.": (
        "cannot download the requirements"
    ),
}


@pytest.mark.parametrize(("said", "means"), CASES.items())
def test_no_solution(said: str, means: str) -> None:
    error = uv.complaint("shop", SOLUTION + said)
    assert error.problem.startswith(means)
    assert error.hint
    assert said.splitlines()[-1] in error.detail


@pytest.mark.parametrize(
    ("said", "means"),
    [
        ("error: Failed to fetch: https://index.example/flask/\n  cause: client error (Connect)", "cannot download"),
        ("error: Building source distributions is disabled, but attempted to build `loc`", "loc has no wheel"),
        ("error: Couldn't parse requirement in `requirements.txt` at position 0", "uv cannot install"),
    ],
)
def test_other_errors(said: str, means: str) -> None:
    assert uv.complaint("shop", said).problem.startswith(means)


def test_runs_and_complains(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("fl ask=\n")
    with pytest.raises(UserError, match="not a requirement, line 1") as caught:
        uv.run(tmp_path, "pip", "install", "--offline", "--target", "site", "-r", "requirements.txt")
    assert "fl ask=" in caught.value.detail
