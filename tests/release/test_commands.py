"""Commands of packages, for the servers' Python."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from colonnade.release.dependencies import members


def test_a_packages_command_is_shipped_and_runs(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text("import sys\nclass app:\n    def main(): return len(sys.argv)\n")
    info = tmp_path / "shop-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: shop\nVersion: 1\n")
    (info / "entry_points.txt").write_text(
        "[console_scripts]\nshop-tool = shop:app.main\n[gui_scripts]\nno = shop:app\n"
    )
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/shop-tool").write_text("#!/home/operator/.venv/bin/python\n")
    found = {member.name: member for member in members(tmp_path) if member.name.startswith("bin/")}
    assert list(found) == ["bin/shop-tool"]
    assert found["bin/shop-tool"].executable
    text = found["bin/shop-tool"].read().decode()
    assert text.startswith("#!/usr/bin/python3\n")
    done = subprocess.run([sys.executable, "-", "a", "b"], input=text, text=True, cwd=tmp_path)
    assert done.returncode == 3
