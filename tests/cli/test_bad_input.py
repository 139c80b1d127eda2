"""What bad input gets from the verbs that change a site: its error to the letter, before any server is asked."""

from __future__ import annotations

import tarfile
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest

from colonnade.cli import deploy, scale
from colonnade.errors import UserError

HEAD = 'name = "shop"\ndomain = "shop.example.com"\nvip = "10.0.0.10"\n\n[servers]\n'
ALL = 'all = { a = "10.0.0.11", b = "10.0.0.12", c = "10.0.0.13" }\n'
TIERS = """lb = { lb1 = "10.0.0.1", lb2 = "10.0.0.2" }
web = { web1 = "10.0.0.21", web2 = "10.0.0.22" }
app = { app1 = "10.0.0.31", app2 = "10.0.0.32" }
db = { db1 = "10.0.0.41", db2 = "10.0.0.42", db3 = "10.0.0.43" }
"""
VOTERS = 'etcd = ["db1", "db2", "db3"]\n'
FREE = "a site with none of them serves nothing; nothing was changed"
FEW = 'with durability "quorum" each commit is on two servers, also after a loss: db needs three'
KEEP = 'keep three; or set durability = "none" in [postgres], and commits may be lost'

Site = Callable[..., Path]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """Writes a spec and an app without requirements; the user's own folders are this test's."""
    for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))

    def untouched(*rest: object) -> None:
        raise AssertionError("a server would have been asked")

    monkeypatch.setattr(deploy, "working", untouched)
    monkeypatch.setattr(scale, "_converge", untouched)

    def written(servers: str = ALL, app: str = 'path = "shop"\nasgi = "shop:app"\n', requirements: str = "") -> Path:
        (tmp_path / "shop").mkdir()
        (tmp_path / "shop/shop.py").write_text("app = None\n")
        if requirements:
            (tmp_path / "shop/requirements.txt").write_text(f"--no-index\n--find-links ./wheels\n{requirements}\n")
            wheels(tmp_path / "shop/wheels")
        path = tmp_path / "colonnade.toml"
        path.write_text(HEAD + servers + "\n[apps.web]\n" + app)
        return path

    return written


def wheels(folder: Path) -> None:
    """shoplib 1 as a wheel, shopsrc 1 as source only."""
    folder.mkdir()
    with zipfile.ZipFile(folder / "shoplib-1-py3-none-any.whl", "w") as wheel:
        wheel.writestr("shoplib-1.dist-info/METADATA", "Metadata-Version: 2.1\nName: shoplib\nVersion: 1\n")
        wheel.writestr("shoplib-1.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr("shoplib-1.dist-info/RECORD", "")
    with tarfile.open(folder / "shopsrc-1.tar.gz", "w:gz") as source:
        data = b"Metadata-Version: 2.1\nName: shopsrc\nVersion: 1\n"
        member = tarfile.TarInfo("shopsrc-1/PKG-INFO")
        member.size = len(data)
        source.addfile(member, BytesIO(data))


def refused(work: Callable[[], None], lines: int = 2) -> str:
    """Without what uv said itself, which follows."""
    with pytest.raises(UserError) as caught:
        work()
    return "\n".join(str(caught.value).splitlines()[:lines])


def test_a_missing_app_path(site: Site) -> None:
    spec = site(app='path = "shp"\nasgi = "shop:app"\n')
    assert refused(lambda: deploy.deploy(spec)) == (
        'colonnade.toml:9:8: apps.web.path: there is no folder "shp"\n'
        "  try: the path counts from the folder of the spec"
    )


def test_a_wrong_entry_point(site: Site) -> None:
    spec = site(app='path = "shop"\nasgi = "shop:ap"\n')
    assert refused(lambda: deploy.deploy(spec)) == (
        'apps.web.asgi: "shop:ap": shop.py defines no ap\n  did you mean "shop:app"?'
    )


REQUIREMENTS = {
    "shoplib==2": "cannot be satisfied: shoplib==2\n  try: relax or correct the version",
    "shopsrc==1": "shopsrc has no wheel for the servers, and nothing is compiled on them\n  try: choose a version that "
    "has one, or build it (pip wheel shopsrc) and require the file: ./wheels/….whl",
    "shoplob==1": "there is no package shoplob\n"
    "  try: correct the name, or name the index or folder of wheels that has it",
}


@pytest.mark.parametrize(("line", "said"), REQUIREMENTS.items(), ids=["unsatisfiable", "source-only", "unknown"])
def test_a_requirement(site: Site, tmp_path: Path, line: str, said: str) -> None:
    """By the uv that is installed, from a folder of wheels."""
    spec = site(app='path = "shop"\ncommand = "./serve"\n', requirements=line)
    assert refused(lambda: deploy.deploy(spec)) == f"{tmp_path}/shop/requirements.txt: {said}"


@pytest.mark.parametrize(
    ("servers", "words", "said"),
    [
        (TIERS, "app=0", f"app=0: {FREE}\n  try: app=1 or more"),
        (TIERS, "db=0", f"db=0: {FREE}\n  try: db=1 or more"),
        (TIERS, "web.workers=0", f"web.workers=0: {FREE}\n  try: web.workers=1 or more"),
        (ALL, "all=0", f"all=0: {FREE}\n  try: all=1 or more"),
        (TIERS, "db=1", f"db: {FEW}, not 1; nothing was changed\n  try: {KEEP}"),
        (TIERS, "--remove db2", f"db: {FEW}, not 2; nothing was changed\n  try: {KEEP}"),
        (
            ALL,
            "all=2",
            "colonnade.toml:5:2: servers: fewer than three servers; nothing was changed\n"
            "  try: add one: with three, any one of them may be lost",
        ),
        (
            TIERS + VOTERS,
            "etcd=2",
            "colonnade.toml:10:8: servers.etcd: two etcd members tolerate no loss: use three; nothing was changed\n"
            "  try: list an odd number of servers, or leave etcd out to have three chosen",
        ),
    ],
)
def test_scaling_to_nothing_or_below_a_quorum(site: Site, servers: str, words: str, said: str) -> None:
    spec = site(servers)
    before = spec.read_bytes()
    removed = [words.split()[1]] if words.startswith("--remove") else None
    targets = None if removed else [words]
    assert refused(lambda: scale.scale(targets, remove=removed, file=spec, yes=True)) == said
    assert spec.read_bytes() == before
