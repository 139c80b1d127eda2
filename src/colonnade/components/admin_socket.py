"""Servers of a HAProxy taken out of a backend and brought back, so that a reload, a restart and a boot keep to it.

What is out stands in HAProxy's own server state file, which it reads at each start before it takes a connection; the
admin socket makes it so at once. A HAProxy that is not running sends nobody anything: there the file is enough.
"""

from __future__ import annotations

import shlex
from dataclasses import asdict, dataclass

# The balancer's; where Debian's HAProxy makes it.
BALANCER = "/run/haproxy/admin.sock"
# Read at start by HAProxy and, for keepalived's script, by everybody.
FOLDER = "/var/lib/colonnade-drained"
# Format 1 of HAProxy's `show servers state`: up (2), in forced drain (8), its last check passed (6 3 4 6). The address
# is left to the configuration; neither port nor TLS can be: a 0 is taken at its word, also once the server is back.
LINE = "0 {backend} 0 {name} - 2 8 {weight} {weight} 0 6 3 4 6 0 0 0 - {port} - {tls:d} 0 - - 0"
# socat's status is 1 where no HAProxy runs; timeout's 124 means one that hangs.
RUNS = "[ $? -le 1 ]"
NOTHING = "test -e {file} || echo 1 >{file}"


@dataclass(frozen=True, slots=True)
class Member:
    """A server line of a backend."""

    name: str
    port: int
    weight: int
    tls: bool
    """Requests go to it over TLS; its checks are another matter."""


@dataclass(frozen=True, slots=True)
class Backend:
    """Some servers of one backend, as one HAProxy knows them."""

    name: str
    members: tuple[Member, ...]
    socket: str
    file: str

    @property
    def commands(self) -> tuple[str, str, str, str]:
        """Of a Drain, in its order."""
        return self.out, self.back, self.empty, self.is_out

    @property
    def out(self) -> str:
        added = "; ".join(f"echo '{LINE.format(backend=self.name, **asdict(member))}'" for member in self.members)
        return f"{self._file(f'{self._others}; {added}')} && {self._set('drain')}"

    @property
    def back(self) -> str:
        return f"{self._file(self._others)} && {self._set('ready')}"

    @property
    def empty(self) -> str:
        """`scur` counts requests, not idle connections."""
        mine = " || ".join(f'$2 == "{m.name}"' for m in self.members)
        return nothing_in_flight(self.socket, f"{self.name} 4 -1", mine)

    @property
    def is_out(self) -> str:
        return " && ".join(f"grep -q '^0 {self.name} 0 {m.name} ' {self.file}" for m in self.members)

    @property
    def _others(self) -> str:
        """Lines of the file that are not about these; the first is the format's version."""
        mine = "|".join(m.name for m in self.members)
        return f"grep -vE '^0 {self.name} 0 ({mine}) ' {self.file} 2>/dev/null || echo 1"

    def _file(self, content: str) -> str:
        return f"mkdir -p {FOLDER} && {{ {content}; }} >{self.file}.new && mv {self.file}.new {self.file}"

    def _set(self, state: str) -> str:
        """It answers nothing when it obeys."""
        told = tell(self.socket, "; ".join(f"set server {self.name}/{m.name} state {state}" for m in self.members))
        return f'{{ said=$({told} 2>/dev/null); {RUNS} && [ -z "$said" ] || {{ echo "$said"; false; }}; }}'


def tell(socket: str, words: str) -> str:
    return f"echo {shlex.quote(words)} | timeout 2 socat stdio {socket}"


def nothing_in_flight(socket: str, rows: str, which: str = "1") -> str:
    """Succeeds when those rows of `show stat` that awk's condition picks have no request."""
    found = f"rows=$({tell(socket, f'show stat {rows}')} 2>/dev/null); {RUNS}"
    return f"{{ {found} && echo \"$rows\" | awk -F, '{which} {{ n += $5 }} END {{ exit n > 0 }}'; }}"
