"""What follows from what stands on the servers."""

from __future__ import annotations

from typing import Any

from colonnade.model.site import Role, Server
from colonnade.release.listing import document, listed
from colonnade.release.standing import Fleetwide, Intent, Standing, Worker, irreversible_since, last_lived, previous

NOTHING: dict[str, Any] = {}


def standing(name: str, current: str, started: str, **changes: Any) -> Standing:
    role = Role.APP if name.startswith("app") else Role.WEB
    fields: dict[str, Any] = {
        "releases": {"old": {"revision": "v1"}, "new": {"revision": "v2"}},
        "workers": {"colonnade-web@1.service": Worker("active", 0, started)} if role is Role.APP else {},
        "intent": None,
        "history": (),
        "migrating": False,
    }
    return Standing(Server(name, "10.0.0.1", frozenset({role})), current, **{**fields, **changes})


def line(release: str, result: str = "live", irreversible: bool = False) -> dict[str, Any]:
    return {"release": release, "result": result, "irreversible": irreversible, "at": f"at {release}", "who": "me"}


def test_a_worker_that_was_not_restarted_does_not_run_the_release() -> None:
    assert standing("app1", "new", "new").runs("new")
    assert not standing("app1", "new", "old").runs("new")
    assert not standing("app1", "old", "old").runs("new")
    failed = {"colonnade-web@1.service": Worker("activating", 4, "new")}
    assert not standing("app1", "new", "new", workers=failed).runs("new")


def test_live_is_what_most_have_or_what_an_unfinished_deploy_began_with() -> None:
    found = Fleetwide((standing("app1", "new", "new"), standing("app2", "old", "old"), standing("app3", "old", "old")))
    assert found.live == "old"
    intent = Intent("new", "old", "me", "2026-01-01T00:00:00Z")
    half = Fleetwide((standing("app1", "new", "new", intent=intent), standing("app2", "new", "old")))
    assert half.live == "old"
    assert [each.server.name for each in half.remaining("new")] == ["app2"]
    assert Fleetwide((standing("app1", "", ""),)).live == ""


def test_complete_means_everywhere_and_nothing_unfinished() -> None:
    both = (standing("app1", "new", "new"), standing("web1", "new", ""))
    assert Fleetwide(both).complete("new")
    assert not Fleetwide((*both, standing("web2", "old", ""))).complete("new")
    intent = Intent("new", "old", "me", "2026-01-01T00:00:00Z")
    assert not Fleetwide((*both, standing("app2", "new", "new", intent=intent))).complete("new")


def test_a_release_is_kept_when_every_app_server_has_it() -> None:
    found = Fleetwide((standing("app1", "new", "new"), standing("app2", "new", "new", releases={"new": NOTHING})))
    assert list(found.kept) == ["new"]
    assert found.kept["new"]["revision"] == "v2"


def test_previous_is_what_was_live_before_and_is_kept() -> None:
    history = [line("a"), line("b"), line("bad", "failed: app1: x"), line("c")]
    assert previous(history, "c", ["a", "b", "bad", "c"]) == "b"
    assert previous(history, "c", ["a", "c"]) == "a"
    assert previous(history, "c", ["c"]) is None
    assert last_lived(history, ["a", "bad", "c"]) == ["c", "a", "bad"]


def test_what_has_no_way_back_is_what_came_after() -> None:
    history = [line("a"), line("b", irreversible=True), line("c")]
    assert irreversible_since(history, "a") == ["b"]
    assert irreversible_since(history, "b") == []
    # Also one that failed afterwards: its migration was made.
    assert irreversible_since([line("a"), line("b", "failed: x", irreversible=True)], "a") == ["b"]


def test_the_listing_says_where_each_is_live_and_since_when() -> None:
    history = (line("old"), line("new"))
    found = Fleetwide((standing("app1", "new", "new", history=history), standing("app2", "old", "old")))
    new, old = listed(found)
    assert (new.release, new.at, new.who, new.revision, new.live_on) == ("new", "at new", "me", "v2", ("app1",))
    assert (old.release, old.live_on, old.kept_on) == ("old", ("app2",), ("app1", "app2"))
    told = document("web", found)
    assert (told["version"], told["unfinished"], len(told["history"])) == (1, None, 2)
