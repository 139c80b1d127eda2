"""Two apps on one site, seen by their names; logs, commands by hand, processes and jobs on real machines."""

from __future__ import annotations

import json
import os
import pty
import signal
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.lab.conftest import standing
from tests.lab.curl import asked
from tests.lab.sites import COMMAND, LabSite, copied

pytestmark = [pytest.mark.lab, pytest.mark.long, pytest.mark.timeout(900)]
WEB, NOTES = "pair.example.com", "notes.example.com"
OFTEN = """
[apps.web.jobs]
often = { command = "sh -c 'echo ran on $COLONNADE_SERVER; sleep 1'", at = "*-*-* *:*:0/5" }
slow = { command = "sleep 30", at = "*-*-* 00:00 UTC" }
broken = { command = "false", at = "yearly" }
"""
BELOW = """
[apps.below]
path = "below"
asgi = "below:app"
prefix = "/below"
static = "static"
"""
# What it answers is the path that it was asked for; elsewhere than below its prefix it is not well.
PROGRAM = """
async def app(scope, receive, send):
    if scope["type"] == "http":
        status = 200 if scope["path"].startswith("/below") else 500
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": scope["path"].encode()})
"""


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabSite]:
    folder = tmp_path_factory.mktemp("pair")
    with standing(copied("pair", folder)) as site:
        below = site.spec.parent / "below"
        (below / "static").mkdir(parents=True)
        (below / "below.py").write_text(PROGRAM)
        (below / "static/own.css").write_text("p {}")
        site.spec.write_text(site.spec.read_text() + OFTEN + BELOW)
        site.run("apply", "-e", "lab", "--yes")
        yield site


def lines(site: LabSite, *words: str) -> list[dict[str, str]]:
    output = site.run("logs", "-e", "lab", "-o", "json", *words).stdout
    return [json.loads(line) for line in output.splitlines()]


def test_each_name_leads_to_its_app(pair: LabSite) -> None:
    assert "guestbook" in asked(pair, WEB, "/")[2].lower()
    status, headers, body = asked(pair, NOTES, "/")
    assert status == 200 and "note" in body.lower(), headers
    # Only the edge's certificate has both names; curl checked it.
    assert asked(pair, NOTES, "/static/style.css")[0] == 200
    address = pair.addresses[0].removeprefix("https://").strip("/")
    context = ssl.create_default_context(cafile=str(pair.ca))
    request = urllib.request.Request(f"https://{address}/", headers={"Host": "elsewhere.example.com"})
    with pytest.raises(urllib.error.HTTPError, match="421"):
        urllib.request.urlopen(request, context=context, timeout=10)


def test_a_path_leads_to_its_app_and_a_release_is_proved_and_warmed_there(pair: LabSite) -> None:
    pair.run("deploy", "--app", "below", "-e", "lab")
    assert [asked(pair, WEB, path)[2] for path in ("/below", "/below/of/it")] == ["/below", "/below/of/it"]
    assert asked(pair, WEB, "/below/static/own.css")[2] == "p {}"
    # Beside it is the app of the whole domain, which has no such page.
    assert asked(pair, WEB, "/belows")[0] == 404


def test_logs_are_merged_in_the_order_of_time(pair: LabSite) -> None:
    found = lines(pair, "-n", "300")
    assert len(found) == 300
    assert {line["server"] for line in found} == {"a", "b", "c"}
    assert [line["time"] for line in found] == sorted(line["time"] for line in found)
    only = lines(pair, "--role", "web", "--on", "a", "--since", "10min")
    assert {line["server"] for line in only} == {"a"}
    assert "nginx" in {line["unit"] for line in only}
    assert "patroni" not in {line["unit"] for line in only}


def test_one_requests_way_is_found_by_its_id(pair: LabSite) -> None:
    identity = asked(pair, NOTES, "/")[1]["x-request-id"]
    deadline = time.monotonic() + 20
    while True:
        seen = json.loads(pair.run("logs", "-e", "lab", "-o", "json", "--request", identity).stdout)
        if len(seen["hops"]) == 3 or time.monotonic() > deadline:
            break
    assert [hop["place"] for hop in seen["hops"]] == ["balancer", "web server", "app server"]


def test_a_stream_ends_cleanly_and_outlives_a_lost_server(pair: LabSite, tmp_path: Path) -> None:
    output, errors = tmp_path / "out", tmp_path / "err"
    # A shell's background jobs, as tests may be, ignore Ctrl-C, and so would whatever they start.
    words = ["env", "--default-signal=INT", COMMAND, "logs", "-e", "lab", "-o", "json", "--app", "web", "--follow"]
    with output.open("wb") as out, errors.open("wb") as err:
        stream = subprocess.Popen(words, cwd=pair.spec.parent, stdout=out, stderr=err)
        wait_for(lambda: output.read_text().count("\n") > 3, "no line arrived")
        pair.lab("cut", "c")
        try:
            wait_for(lambda: "c: the connection was lost" in errors.read_text(), "the lost server was not told", 60)
            before = output.read_text().count("\n")
            wait_for(lambda: output.read_text().count("\n") > before, "the stream ended with it")
        finally:
            pair.lab("heal", "c")
        wait_for(lambda: "c: answers again" in errors.read_text(), "it was not asked again", 60)
        stream.send_signal(signal.SIGINT)
        assert stream.wait(20) == 130
    assert "Traceback" not in errors.read_text()
    # On the server that was cut off TCP tries again after up to half a minute, and learns then that nobody listens.
    wait_for(lambda: not followers(), "journalctl still runs on a server", 90)
    pair.await_verdict()


def followers() -> str:
    """Processes on the machines that still read a journal: containers' processes are among this computer's own."""
    words = ["pgrep", "-f", "^journalctl .*--unit=colonnade-web@.*--follow"]
    return subprocess.run(words, capture_output=True, text=True).stdout


def test_a_command_runs_in_the_releases_environment(pair: LabSite) -> None:
    script = "import os, sys, notes; print(os.environ['DATABASE_URL'][:18], os.getuid() != 0, sys.stdin.read())"
    words = ("exec", "-e", "lab", "--app", "notes", "--", "python", "-c", script)
    done = subprocess.run([COMMAND, *words], cwd=pair.spec.parent, input="hello", text=True, capture_output=True)
    assert done.stdout == "postgresql://notes True hello\n", done.stderr
    assert pair.run("exec", "-e", "lab", "--", "sh", "-c", "exit 7", check=False).returncode == 7
    assert pair.run("exec", "-e", "lab", "--", "sh", "-c", "touch /srv/colonnade/web/x", check=False).returncode != 0


def test_a_command_gets_a_terminal_where_there_is_one(pair: LabSite) -> None:
    main, side = pty.openpty()
    words = [COMMAND, "exec", "-e", "lab", "--", "sh", "-c", "test -t 0 && test -t 1 && echo terminal"]
    process = subprocess.Popen(words, cwd=pair.spec.parent, stdin=side, stdout=side, stderr=subprocess.DEVNULL)
    assert process.wait(60) == 0
    assert b"terminal" in os.read(main, 4096)
    os.close(side)
    os.close(main)


def test_a_command_ends_with_its_operator(pair: LabSite) -> None:
    words = [COMMAND, "exec", "-e", "lab", "--on", "a", "--", "sh", "-c", "echo begun; exec sleep 654"]
    process = subprocess.Popen(words, cwd=pair.spec.parent, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout and process.stdout.readline() == b"begun\n"
    process.kill()
    process.wait()
    wait_for(lambda: not subprocess.run(["pgrep", "-f", "^sleep 654$"], capture_output=True).stdout, "it runs on", 60)


def test_a_job_runs_once_for_each_point_and_through_the_loss_of_a_server(pair: LabSite) -> None:
    begin = time.time()
    pair.lab("stop", "c")
    # Where c ran it at that moment, it counts as lost only after two minutes of silence.
    wait_for(lambda: len(runs(pair, "often", begin)) > 3, "nobody runs it any more", 240)
    pair.lab("start", "c")
    pair.await_verdict()
    points = [row["point"] for row in runs(pair, "often", begin)]
    assert len(points) == len(set(points))
    ran = [line for line in lines(pair, "--app", "web", "--since", "6min") if line["message"].startswith("ran on ")]
    since = [line for line in ran if line["time"] >= time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(begin))]
    # A run for a point just before the beginning may have spoken after it.
    assert len(since) <= len(points) + 1


RUNS = """
import json, os, sys, psycopg
query = "select extract(epoch from point)::bigint, server, status from colonnade.runs"
where = " where job = %s and point > %s::timestamptz order by point"
with psycopg.connect(os.environ["COLONNADE_RUNS_URL"], prepare_threshold=None) as connection:
    rows = connection.execute(query + where, sys.argv[1:]).fetchall()
print(json.dumps([{"point": point, "server": server, "status": status} for point, server, status in rows]))
"""


def runs(site: LabSite, job: str, since: float) -> list[dict[str, object]]:
    """The site's own record."""
    begin = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(since))
    output = site.run("exec", "-e", "lab", "--app", "web", "--", "python", "-c", RUNS, job, begin).stdout
    found: list[dict[str, object]] = json.loads(output)
    return found


def test_a_job_by_hand_is_refused_while_it_runs(pair: LabSite) -> None:
    words = [COMMAND, "run-once", "slow", "-e", "lab", "--app", "web"]
    first = subprocess.Popen(words, cwd=pair.spec.parent, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def begun() -> bool:
        return any(row["status"] is None for row in runs(pair, "slow", time.time() - 60))

    wait_for(begun, "it did not begin", 60)
    again = pair.run(*words[1:], check=False)
    assert (again.returncode, "runs it" in again.stdout) == (75, True)
    assert first.wait(120) == 0
    assert pair.run("run-once", "broken", "-e", "lab", "--app", "web", check=False).returncode == 1


def test_a_process_does_its_work_and_is_seen(pair: LabSite) -> None:
    status = pair.status()
    names = {r["name"]: r["status"] for seen in status["servers"].values() for r in seen if r["component"] == "app"}
    assert names["colonnade-notes-count@1.service"] == "ok"
    assert names["colonnade-notes-tidy.timer"] == "ok"


def wait_for(condition: Callable[[], object], problem: str, within: float = 30) -> None:
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, problem
        time.sleep(0.3)
