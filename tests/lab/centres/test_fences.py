"""A pod reaches what its zone's plane and egress allow and nothing else: by real connections, in both families, whatever is killed.

The zones are those that `stack up` makes. Every test leaves the lab as it was.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import closing
from ipaddress import IPv6Interface
from typing import Any

import pytest

from lab.fences.health import AGENT
from lab.fences.part import Fences
from lab.part import Health
from lab.wires.netlink import Netlink
from network.compare import patch_for, targets
from network.rollout import Rollout
from tests.lab.pods import FENCED, OPEN, PORT, SILENT, Place, Pod, knock_from, listening
from tests.lab.rig import Rig
from tests.lab.routers import kept, looking, vtysh_says
from tests.waiting import wait_until

OUTSIDE = IPv6Interface("2001:db8:ffff::1/128")
"""An address of the internet: unlike the lab's internet site's own LAN it isn't the city's (RFC 3849)."""
STRANGER = ("203.0.113.1", str(OUTSIDE.ip))
EAR = 9000
PODS = {"archive": ("one", "two"), "benefits": ("one",), "service-portal": ("one",), "default": ("free", "shut")}
SHUT = {"podSelector": {"matchLabels": {"app": "shut"}}, "policyTypes": ["Ingress", "Egress"], "egress": [{"to": [{"podSelector": {}}]}]}
"""The form of a zone whose egress is closed."""
NAMED = {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{"ports": [{"port": "http", "protocol": "TCP"}]}]}
AJAR = {"podSelector": {"matchLabels": {"app": "shut"}}, "policyTypes": ["Ingress"], "ingress": [{}]}
INTERNET = {"podSelector": {}, "policyTypes": ["Egress"], "egress": [{"to": [{"ipBlock": {"cidr": "203.0.113.0/24"}}]}]}


@pytest.fixture(scope="module")
def place(lab: Rig) -> Iterator[Place]:
    """The production centre with its zones, and two pods in a namespace that is nobody's zone."""
    lab.ok("stack", "up", "--yes", "--centre", "dc1")
    made = Place(lab, "dc1")
    try:
        with made.opened("default", "shut", SHUT):
            for zone, names in PODS.items():
                for name in names:
                    made.start(zone, name, {"app": name})
            yield made
    finally:
        made.end()


@pytest.fixture(scope="module")
def pods(place: Place) -> dict[str, Pod]:
    """The running pods by zone and name."""
    return {f"{zone}/{name}": place.pod(zone, name) for zone, names in PODS.items() for name in names}


@pytest.fixture(scope="module")
def ears(lab: Rig) -> Iterator[None]:
    """An internet that isn't the city's, and somebody who listens there and in a department's room."""
    box = lab.box()
    with Netlink(box.netns("internet")) as socket:
        socket.add_address("lo", OUTSIDE)
    places = [*(("internet", each) for each in STRANGER), *(("room-archives", each) for each in lans(lab, "room-archives"))]
    try:
        with listening(box, [(node, address, EAR) for node, address in places]):
            yield
    finally:
        box.run("internet", ("ip", "address", "delete", str(OUTSIDE), "dev", "lo"))


@pytest.fixture
def dual(lab: Rig, place: Place, pods: dict[str, Pod], ears: None) -> Iterator[None]:
    """The cores carry IPv6, typed as `net ipv6 rollout` types it."""
    with kept(lab) as before:
        for core in ("core1", "core2"):
            target = targets(lab.city, Rollout().with_place("haifeng", ("core1", "core2")), [core])[core]
            with closing(looking(lab).fleet.connect(core)) as device:
                device.apply(patch_for(lab.city, core, before[core], target).commands)
        await_ipv6(lab, place, pods["default/free"])
        yield


def lans(lab: Rig, site: str) -> tuple[str, str]:
    """The site's own addresses in its LAN."""
    from city.addressing import addressing

    lan = addressing(lab.city).lan(site)
    assert lan is not None
    return str(lan.ipv4.ip), str(lan.ipv6.ip)


def await_ipv6(lab: Rig, place: Place, pod: Pod) -> None:
    """Return when OSPFv3 has carried the pods' range to the rooms, and the rooms' own to the pods."""
    room = both("city", lans(lab, "room-archives"), EAR)

    def found() -> dict[str, str]:
        return {**knock_from(lab.box(), "room-archives", pod), **place.knock(pod, room)}

    try:
        wait_until(found, lambda each: {*each.values()} == {OPEN}, seconds=60, what="a way between a room and the pods in both families")
    except AssertionError as late:
        raise AssertionError(f"{late}\n{seen(lab)}") from late


def seen(lab: Rig) -> str:
    """What the cores and the room know of both families, for whoever has to find out why a packet does not arrive."""
    four = ("show ip ospf neighbor", "show ip ospf interface", "show ip route", "show ip ospf database", "show ip ospf route")
    asked = (*four, "show ipv6 ospf6 neighbor", "show ipv6 route", "show running-config")
    return "\n".join(f"{node}: {line}\n{vtysh_says(lab, node, line)}" for node in ("room-archives", "core1", "core2") for line in asked)


def fences(lab: Rig) -> dict[str, Any]:
    """The row of the production centre's fences."""
    return next(row for row in lab.ok("lab", "status")["health"] if (row["kind"], row["name"]) == ("fences", "dc1"))


def both(name: str, addresses: tuple[str, str], port: int = PORT) -> dict[str, tuple[str, int]]:
    return {f"{name} IPv{family}": (address, port) for family, address in zip((4, 6), addresses, strict=True)}


def at(pod: Pod) -> tuple[str, str]:
    return pod.ipv4, pod.ipv6


def test_pods_reach_what_plane_and_egress_allow_and_nothing_else_in_both_families(
    lab: Rig, place: Place, pods: dict[str, Pod], ears: None, dual: None
) -> None:
    (dc1, dc1six), (dc2, _six) = lans(lab, "dc1"), lans(lab, "dc2")
    asked = {
        **both("own zone", at(pods["archive/two"])),
        **both("zone of the plane", at(pods["benefits/one"])),
        **both("zone of another plane", at(pods["service-portal/one"])),
        **both("nobody's zone", at(pods["default/free"])),
        **both("city", lans(lab, "room-archives"), EAR),
        **both("internet", STRANGER, EAR),
        **both("dns", (dc1, dc1six), 53),
        "other dns": (dc2, 53),
        "database": (dc1, 5432),
        "other database": (dc2, 5432),
        "management": (str(lab.box().management_address("core1")), 22),
    }
    shut = {"zone of another plane", "nobody's zone", "internet", "management"}
    found = place.knock(pods["archive/one"], asked)
    assert found == {name: FENCED if name.partition(" IPv")[0] in shut else OPEN for name in asked}
    portal = place.knock(pods["service-portal/one"], {**asked, **both("archive", at(pods["archive/one"]))})
    inner = {"own zone", "zone of the plane", "nobody's zone", "archive", "management"}  # the first two are archive's and benefits'
    assert portal == {name: FENCED if name.partition(" IPv")[0] in inner else OPEN for name in portal}
    needed = both("needed system of another plane", at(pods["service-portal/one"]))
    assert set(place.knock(pods["benefits/one"], needed).values()) == {OPEN}
    free = place.knock(pods["default/free"], {name: where for name, where in asked.items() if name != "management"})
    zones = {"own zone", "zone of the plane", "zone of another plane"}  # all closed to a pod that is in none of them
    assert free == {name: FENCED if name.partition(" IPv")[0] in zones else OPEN for name in free}
    closed = place.knock(pods["default/shut"], asked)
    assert {name for name, state in closed.items() if state == OPEN} == {"nobody's zone IPv4", "nobody's zone IPv6"}
    assert knock_from(lab.box(), "internet", pods["archive/one"], own=STRANGER) == {"IPv4": FENCED, "IPv6": FENCED}
    assert knock_from(lab.box(), "internet", pods["default/free"], own=STRANGER) == {"IPv4": OPEN, "IPv6": OPEN}
    assert knock_from(lab.box(), "room-archives", pods["archive/one"]) == {"IPv4": OPEN, "IPv6": OPEN}
    assert knock_from(lab.box(), "room-archives", pods["archive/one"], port=PORT + 1) == {"IPv4": FENCED, "IPv6": FENCED}
    assert knock_from(lab.box(), "room-archives", pods["default/shut"]) == {"IPv4": FENCED, "IPv6": FENCED}


def test_a_policy_holds_and_ends_by_itself(lab: Rig, place: Place, pods: dict[str, Pod]) -> None:
    assert knock_from(lab.box(), "dc2", pods["default/shut"])["IPv4"] == FENCED
    with place.opened("default", "ajar", AJAR):
        await_found(OPEN, lab, pods["default/shut"])
    await_found(FENCED, lab, pods["default/shut"])


def await_found(state: str, lab: Rig, pod: Pod) -> None:
    """Return when another centre finds the pod so."""
    wait_until(lambda: knock_from(lab.box(), "dc2", pod)["IPv4"], lambda found: found == state, seconds=30, what=f"the pod is {state}")


def test_a_form_that_cannot_be_enforced_closes_and_says_so(lab: Rig, place: Place, pods: dict[str, Pod]) -> None:
    why = "ingress: the named port http: give its number"
    with place.opened("archive", "named", NAMED):
        assert place.knock(pods["archive/two"], both("own zone", at(pods["archive/one"])), until=FENCED) == dict.fromkeys(
            ("own zone IPv4", "own zone IPv6"), FENCED
        )
        row = fences(lab)
        assert row["state"] == "degraded"
        assert row["detail"].endswith(f"closed, not enforceable: archive/named {why}")
        selector = "involvedObject.kind=NetworkPolicy,involvedObject.name=named"
        events = place.core.list_namespaced_event("archive", field_selector=selector).items
        assert {(each.type, each.reason, why in each.message) for each in events} == {("Warning", "NotEnforceable", True)}
    assert set(place.knock(pods["archive/two"], both("own zone", at(pods["archive/one"])), until=OPEN).values()) == {OPEN}
    await_state(lab, "up")


def test_a_killed_agent_leaves_its_rules_a_new_pod_is_closed_and_an_up_mends_it(
    lab: Rig, place: Place, pods: dict[str, Pod], ears: None
) -> None:
    box, internet = lab.box(), {"internet": (STRANGER[0], EAR)}
    os.kill(box.spawn("dc1", AGENT, ()), signal.SIGKILL)
    place.start("archive", "late")
    late = place.pod("archive", "late")
    with place.opened("archive", "internet", INTERNET):
        row = fences(lab)
        assert (row["state"], row["detail"]) == ("down", "the agent isn't running; the last rules are in force")
        assert place.knock(pods["archive/one"], internet) == {"internet": FENCED}
        assert knock_from(box, "dc2", late)["IPv4"] == SILENT
        lab.ok("lab", "up", "--city", "tiny", "--name", lab.name, "--only", "fences")
        await_state(lab, "up")
        assert place.knock(pods["archive/one"], internet) == {"internet": OPEN}
        assert knock_from(box, "dc2", late)["IPv4"] == OPEN
        stop_the_api_server(lab)
        assert knock_from(box, "dc2", pods["default/shut"])["IPv4"] == FENCED
        assert knock_from(box, "dc2", late)["IPv4"] == OPEN
        lab.ok("lab", "up", "--city", "tiny", "--name", lab.name, "--only", "fences")
        await_state(lab, "up")
    assert place.knock(pods["archive/one"], internet, until=FENCED) == {"internet": FENCED}


def stop_the_api_server(lab: Rig) -> None:
    """Return when the agent has noticed."""
    lab.box().stop("dc1", "k8s-api", grace=0)
    row = await_state(lab, "degraded")
    assert row.detail.startswith("the API server is away")
    assert row.detail.endswith("the last rules are in force")


def await_state(lab: Rig, state: str) -> Health:
    """The row of the production centre's fences as soon as it has this state; asked of the part itself, which is quicker."""

    def row() -> Health:
        return next(each for each in Fences().status(lab.box()) if each.name == "dc1")

    return wait_until(row, lambda found: found.state == state, seconds=30, what=f"fences are {state}", pause=0.1)
