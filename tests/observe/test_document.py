"""What scripts and people get of a status."""

from __future__ import annotations

import json

import pytest

from colonnade.cli.status_text import as_text
from colonnade.model.observation import Status
from colonnade.observe.document import VERSION, as_document, url
from colonnade.observe.status import judge
from tests.observe.test_status import from_outside
from tests.readings import all_well, lost, spoiled
from tests.sites import NAMES, example

WELL = """\
guestbook is serving

  https://203.0.113.10/          held by lb1, 200 in 12 ms
  https://203.0.113.11/          held by lb2, 200 in 12 ms

  app        2 of 2 well, can lose 1 more
  etcd       3 of 3 well, can lose 1 more
  balancer   2 of 2 well, can lose 1 more
  web        2 of 2 well, can lose 1 more
  database   3 of 3 well, can lose 1 more
  cache      3 of 3 well, can lose 1 more

✓ lb1        keepalived: holds 203.0.113.10
✓ lb2        keepalived: holds 203.0.113.11
✓ web1       well
✓ web2       well
✓ app1       app: release r1
✓ app2       app: release r1
✓ db1        patroni: primary; valkey: primary of 2
✓ db2        patroni: replica, streaming; valkey: replica
✓ db3        patroni: replica, streaming; valkey: replica
✓ mon1       well

  database primary db1; replication lag db2 10 B, db3 10 B
  release r1 on app1, app2
  certificates end in 80 days"""

SICK = """\
guestbook is down
  web: 0 of 2 well, too few to serve
  etcd: 2 of 3 well, can lose 0 more
  database: 2 of 3 well, can lose 0 more
  cache: 2 of 3 well, can lose 0 more
  web1: nginx.service: nginx does not answer
  web2: nginx.service: nginx does not answer
  app1: disk: disk 90 % full
  db3: no answer in time

  https://203.0.113.10/          held by lb1, 200 in 12 ms
  https://203.0.113.11/          held by lb2, 200 in 12 ms

  app        2 of 2 well, can lose 1 more
  etcd       2 of 3 well, can lose 0 more
  balancer   2 of 2 well, can lose 1 more
  web        0 of 2 well, does not serve
  database   2 of 3 well, can lose 0 more
  cache      2 of 3 well, can lose 0 more

✓ lb1        keepalived: holds 203.0.113.10
✓ lb2        keepalived: holds 203.0.113.11
✗ web1       nginx.service: nginx does not answer
✗ web2       nginx.service: nginx does not answer
! app1       disk: disk 90 % full
✓ app2       app: release r1
✓ db1        patroni: primary; valkey: primary of 2
✓ db2        patroni: replica, streaming; valkey: replica
? db3        no answer in time
✓ mon1       well

  database primary db1; replication lag db2 10 B
  release r1 on app1, app2
  certificates end in 80 days"""


def test_the_words_of_a_site_that_is_well() -> None:
    site = example("guestbook")
    assert as_text(site, judge(site, all_well(site), from_outside(site))) == WELL


def test_the_words_of_a_site_that_is_not() -> None:
    site = example("guestbook")
    readings = lost(all_well(site), "db3")
    for server in ("web1", "web2"):
        readings = spoiled(readings, server, "nginx", Status.DOWN, "nginx does not answer")
    readings = spoiled(readings, "app1", "base", Status.DEGRADED, "disk 90 % full")
    assert as_text(site, judge(site, readings, from_outside(site))) == SICK


@pytest.mark.parametrize("name", NAMES)
def test_the_document_has_its_version_and_the_verdict(name: str) -> None:
    site = example(name)
    seen = judge(site, all_well(site), from_outside(site))
    document = json.loads(json.dumps(as_document(site, seen, "/state/ca.crt")))
    assert document["version"] == VERSION == 1
    assert (document["site"], document["verdict"], document["reasons"]) == (site.name, "serving", [])
    assert document["addresses"] == [f"https://{vip.address}/" for vip in site.vips]
    assert document["ca"] == "/state/ca.crt"
    assert document["holders"] == {vip.address: [vip.owner] for vip in site.vips}
    assert document["servers"].keys() == {server.name for server in site.servers}


def test_the_documents_keys_stay() -> None:
    """Scripts read them: a key that goes or changes its meaning needs another version."""
    site = example("guestbook")
    document = as_document(site, judge(site, all_well(site), from_outside(site)), "")
    assert set(document) >= {
        *("version", "site", "verdict", "reasons", "addresses", "ca", "holders", "tiers", "primary", "lag_bytes"),
        *("releases", "certificate_days", "outside", "servers"),
    }
    assert document["tiers"]["web"] == {"serving": True, "can_lose": 1, "alive": 2, "total": 2}
    assert document["primary"] == {"patroni": "db1", "valkey": "db1"}
    assert document["lag_bytes"] == {"db2": 10, "db3": 10}
    assert document["releases"] == {"r1": ["app1", "app2"]}
    assert document["servers"]["web1"][0].keys() == {"component", "name", "status", "text", "facts"}


def test_a_primary_that_is_not_one_is_null() -> None:
    site = example("guestbook")
    twice = spoiled(all_well(site), "db2", "patroni", Status.OK, role="primary")
    document = as_document(site, judge(site, twice, ()), "")
    assert document["primary"] == {"patroni": None, "valkey": "db1"}


@pytest.mark.parametrize(
    ("address", "expected"), [("10.0.0.1", "https://10.0.0.1/"), ("fd00::1", "https://[fd00::1]/")]
)
def test_addresses_are_urls(address: str, expected: str) -> None:
    assert url(address) == expected
