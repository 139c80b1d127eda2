"""What is drained, and when one more may not be."""

from __future__ import annotations

import subprocess
from dataclasses import replace

import pytest

from colonnade.apply.drained import looking, require_others
from colonnade.apply.draining import drains_of
from colonnade.errors import UserError
from tests.readings import all_well, lost
from tests.sites import designed, example


def test_a_server_that_is_out_at_one_place_is_told() -> None:
    layout = designed("guestbook").layout
    one, other = drains_of(layout, layout.site.by_name["app2"])
    script = looking([(("app", "app2"), [replace(one, is_out="false"), replace(other, is_out="true")])])
    assert said(script) == "app app2"
    assert said(looking([(("app", "app2"), [replace(one, is_out="false")])])) == ""


def said(script: str) -> str:
    # Where there is no systemd no timer runs.
    done = subprocess.run(["/bin/sh", "-c", f"systemctl() {{ false; }}\n{script}"], capture_output=True, text=True)
    return done.stdout.strip()


def test_the_last_one_in_rotation_stays() -> None:
    site = example("guestbook")
    app2 = site.by_name["app2"]
    require_others(site, all_well(site), frozenset(), app2, {"app"})
    with pytest.raises(UserError, match="nothing would be left of the app servers"):
        require_others(site, all_well(site), frozenset({("app", "app1")}), app2, {"app"})
    with pytest.raises(UserError, match="nothing would be left of the app servers"):
        require_others(site, lost(all_well(site), "app1"), frozenset(), app2, {"app"})


def test_one_database_of_three_may_be_drained_at_a_time() -> None:
    site = example("guestbook")
    require_others(site, all_well(site), frozenset(), site.by_name["db1"], {"patroni"})
    with pytest.raises(UserError, match="nothing would be left of the database servers"):
        require_others(site, all_well(site), frozenset({("patroni", "db2")}), site.by_name["db1"], {"patroni"})
