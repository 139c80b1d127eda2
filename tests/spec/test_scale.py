"""Each pair of files in scale/: the spec before, the words of the command in its first line, the spec after."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from colonnade.errors import Exit, UserError
from colonnade.spec import load
from colonnade.spec.scaling import Listed, Order, edited, order, require_enough, target
from tests.spec.conftest import ALL, APP, HEAD, Loads

CASES = sorted((Path(__file__).parent / "scale").glob("*.before.toml"))
LISTED = {"lb": ("lb1", "lb2"), "app": ("app1", "app2"), "db": ("db1", "db2", "db3"), "web": ("app1", "app2")}
SERVERS = '[servers]\nlb = { lb1 = "10.0.0.1", lb2 = "10.0.0.2" }\nweb = ["lb1"]\napp = ["lb1"]\n'


def wanted(words: list[str], listed: Listed, apps: tuple[str, ...] = ("web",)) -> Order:
    """As the command reads its words."""
    plain, add, remove, rest = [], {}, [], iter(words)
    for word in rest:
        if word == "--add":
            name, _, address = next(rest).partition("=")
            add[name] = address
        elif word == "--remove":
            remove.append(next(rest))
        else:
            plain.append(word)
    return order([target(word, apps, listed) for word in plain], add, remove, listed)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.name.partition(".")[0])
def test_edit(path: Path) -> None:
    before = path.read_text()
    loaded = load(path)
    words = shlex.split(before.split("\n")[0].removeprefix("# scale"))
    after = edited(before, wanted(words, dict(loaded.listed)), path.name, loaded.listed)
    expected = path.with_name(path.name.replace("before", "after"))
    assert after == expected.read_text()
    assert load(path, drafts={path.name: after}).site != loaded.site


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("app=0", "app=0: a site with none of them serves nothing"),
        ("app=x", "app=x: expected a whole number"),
        ("app=-1", "app=-1: expected a whole number"),
        ("ap=3", 'did you mean "app"?'),
        ("cache=5", "cache: the spec leaves it out"),
        ("web.worker=2", 'did you mean "web.workers"?'),
        ("web.workers=65", "expected a number of workers from 1 to 64"),
        ("web.workers", "expected a number of workers from 1 to 64"),
        ("app --add app2=10.0.0.9", "app2: there is a server of this name"),
        ("--add app3=10.0.0.9", "app3: expected one role before --add"),
        ("--remove app7", "app7: there is no such server"),
        ("--remove app1", "app1: stands under app and web"),
    ],
)
def test_refused(words: str, said: str) -> None:
    with pytest.raises(UserError) as caught:
        wanted(words.split(), LISTED)
    assert said in str(caught.value)
    assert "nothing was changed" in str(caught.value)
    assert caught.value.hint
    assert caught.value.exit_code is Exit.USAGE


def test_the_highest_number_goes_first_and_the_next_one_comes() -> None:
    listed = {"app": ("app9", "app10", "app2")}
    assert wanted(["app=1"], listed).removes == (("app", "app10"), ("app", "app9"))
    assert wanted(["app=4"], listed).adds == (("app", "app11", ""),)
    assert wanted(["app=2", "--remove", "app2"], listed).removes == (("app", "app2"),)
    assert wanted(["app=3", "--remove", "app2"], listed).adds == (("app", "app11", ""),)
    assert wanted(["app=4"], {"app": ("web08", "web09", "web07")}).adds == (("app", "web10", ""),)


def test_a_name_of_another_role_is_passed_over() -> None:
    assert wanted(["app=2"], {"app": ("s1",), "db": ("s2",)}).adds == (("app", "s3", ""),)


def test_letters_count_on() -> None:
    assert wanted(["all=4"], {"all": ("a", "b", "c")}).adds == (("all", "d", ""),)


def test_names_without_a_pattern_are_asked_for() -> None:
    with pytest.raises(UserError, match="no number to count on"):
        wanted(["db=2"], {"db": ("paris",)})


def test_one_role_of_servers_that_have_every_role(loads: Loads) -> None:
    with pytest.raises(UserError) as caught:
        wanted(["app=4"], dict(loads().listed))
    assert "the spec gives every role to the servers under `all`" in str(caught.value)


def test_a_server_with_other_roles_leaves_those_first() -> None:
    text = HEAD + SERVERS + 'db = { db1 = "10.0.0.3" }\n' + APP
    with pytest.raises(UserError) as caught:
        edited(text, Order(removes=(("lb", "lb1"),)), "colonnade.toml", {"lb": ("lb1", "lb2"), "web": ("lb1",)})
    assert "lb1: is listed under web too" in str(caught.value)


def test_what_a_spec_has_no_place_for() -> None:
    with pytest.raises(UserError, match=r"has no table servers\.monitor"):
        edited(HEAD + ALL + APP, Order(adds=(("monitor", "m1", "10.0.0.9"),)), "colonnade.toml", {})


def test_fewer_databases_than_durability_was_built_on(loads: Loads) -> None:
    two = loads(ALL.replace(', c = "10.0.0.13"', "") + 'web = { w = "10.0.0.14" }\n').site
    three = loads(ALL).site
    require_enough(three, three)
    require_enough(two, two)
    with pytest.raises(UserError, match="db needs three, not 2"):
        require_enough(three, two)
    carefree = loads(
        HEAD
        + ALL.replace(', c = "10.0.0.13"', "")
        + 'web = { w = "10.0.0.14" }\n'
        + APP
        + '[postgres]\ndurability = "none"\n'
    )
    require_enough(three, carefree.site)
