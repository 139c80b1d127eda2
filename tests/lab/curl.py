"""One request by a name, as curl makes it: for that the name need not be known anywhere."""

from __future__ import annotations

import subprocess

from tests.lab.sites import LabSite


def asked(site: LabSite, host: str, path: str, *more: str) -> tuple[int, dict[str, str], str]:
    """Status, headers and body, through the first virtual address; `more` are options of curl."""
    address = site.addresses[0].removeprefix("https://").strip("/")
    words = ["curl", "-s", "-i", "--http1.1", "--cacert", str(site.ca), "--resolve", f"{host}:443:{address}"]
    output = subprocess.run([*words, *more, f"https://{host}{path}"], capture_output=True, text=True, check=True).stdout
    head, _, body = output.partition("\n\n")
    first, *lines = head.splitlines()
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return int(first.split()[1]), headers, body
