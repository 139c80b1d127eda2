"""Before anything is changed: nobody else's program stands where one of ours is to stand, packages can be had."""

from __future__ import annotations

from dataclasses import replace

import pytest

from colonnade.apply.preconditions import require_free_ports, require_packages_of_image
from colonnade.errors import UserError
from colonnade.model.actual import Actual
from colonnade.model.plan import Change, Plan
from tests.apply.machine import Machine
from tests.sites import designed


def test_free_ports_are_free() -> None:
    require_free_ports(designed("guestbook"), {name: holding({}) for name in designed("guestbook").servers})


def test_a_port_that_is_held_is_named_with_its_holder() -> None:
    with pytest.raises(UserError) as caught:
        require_free_ports(designed("guestbook"), {"lb1": holding({443: ("apache2.service", 812)})})
    assert str(caught.value).splitlines() == [
        "lb1: port 443, which haproxy needs, is held by apache2.service (process 812); nothing was changed",
        "  try: stop it for good: systemctl disable --now apache2.service",
    ]


def test_every_held_port_is_told_at_once() -> None:
    held = {
        "lb1": holding({80: ("apache2.service", 1), 443: ("apache2.service", 1)}),
        "db1": holding({5432: ("pg", 2)}),
    }
    with pytest.raises(UserError) as caught:
        require_free_ports(designed("guestbook"), held)
    told = str(caught.value)
    assert all(f"port {port}," in told for port in (80, 443, 5432))


@pytest.mark.parametrize(
    ("server", "port", "holder"),
    [
        ("web1", 443, "apache2.service"),
        ("lb1", 8080, "java.service"),
        ("lb1", 22, "ssh.service"),
        ("lb1", 443, "haproxy.service"),
        ("db1", 5432, "patroni.service"),
    ],
)
def test_ports_nobody_needs_and_our_own_units_are_no_problem(server: str, port: int, holder: str) -> None:
    require_free_ports(designed("guestbook"), {server: holding({port: (holder, 7)})})


def holding(ports: dict[int, tuple[str, int]]) -> Actual:
    return replace(Machine().actual(), ports=ports)


def test_machines_of_the_lab_are_asked_for_no_package_that_their_image_lacks() -> None:
    wanted = Change("mon1", "base", "install", "packages", "none", step={"op": "install", "names": ["nginx", "curl"]})
    with pytest.raises(UserError) as caught:
        require_packages_of_image(Plan((("base",),), (wanted,)))
    assert str(caught.value).splitlines() == [
        "lab: the machines' image has no curl, nginx; nothing was changed",
        "  try: machines with another image: colonnade lab down, then colonnade lab up",
    ]
    require_packages_of_image(Plan((), ()))
