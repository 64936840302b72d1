"""The finance network is merged into the extranet: killed and resumed, taken back, merged again, proven, retired; users see nothing.

Human resources, which has the same addresses, is merged beside it and taken back while finance is retired. Merged or taken back, a
network is the same after a power cut of its border and hosts. The private part of the lab is as before at the end: what was written
on its routers and hosts is removed, and a power cut does the rest.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from lab.frr.daemons import folders
from lab.namespace import inside
from lab.private.box import PrivateBox
from network.cutover import names
from network.cutover.plan import plan_cutover
from network.cutover.window import is_open, utc_now
from network.desk import folder_of
from network.dns.server import DnsUpdates, Rrset
from ops.audit import Trail
from ops.control import Control
from ops.lease import Leases
from ops.process import Command
from ops.progress import Silent
from tests.lab.rig import Rig

NETWORK = "finance"
CUTOVER = ("net", "cutover", "run", NETWORK)
HOSTS = ("finance-budget", "finance-treasury")
OTHER = "human-resources"
NODES = {"finance-gw": "router", **dict.fromkeys(HOSTS, "host")}
OTHER_NODES = {"human-resources-gw": "router", "human-resources-insurance": "host", "human-resources-counter": "host"}


def at(lab: Rig, node: str, *argv: str) -> str:
    """What a program prints on a node of a private network."""
    with inside(PrivateBox(lab.box()).netns(node)):
        return Command(argv, timeout=20).run().stdout


def held(lab: Rig) -> dict[str, str]:
    """What the private network is: its router's configuration, its hosts' addresses, ways out and names, and the border's rules."""
    box = PrivateBox(lab.box())
    found = {"router": Command(("vtysh", "-N", box.pathspace("finance-gw"), "-c", "show running-config")).run().stdout}
    found["border"] = at(lab, "finance-gw", "nft", "--stateless", "list", "ruleset")
    found["names"] = "\n".join(map(str, sets(lab)))
    found["files"] = " ".join(sorted(path.name for node in NODES for path in written(box, node)))
    for host in HOSTS:
        found[host] = at(lab, host, "ip", "-o", "-4", "address") + at(lab, host, "ip", "route")
        found[f"{host} IPv6"] = re.sub(r"\S*fe80\S*.*", "", at(lab, host, "ip", "-o", "-6", "route", "show", "default"))
    return found


def written(box: PrivateBox, node: str) -> list[Path]:
    """The files that a cutover wrote on the node's own disk."""
    return [path for path in box.dir(node, "etc").rglob("*citynode*") if path.is_file()]


def server(lab: Rig) -> DnsUpdates:
    assert lab.access.dns is not None
    return DnsUpdates(lab.access.dns)


def sets(lab: Rig, network: str = NETWORK) -> tuple[Rrset, ...]:
    """What the names of a network's hosts hold."""
    return names.held(server(lab), plan_cutover(lab.city, network))


def cut_power(lab: Rig, *nodes: str) -> None:
    """These lose their power and get it again."""
    for node in nodes:
        lab.ok("lab", "break", {**NODES, **OTHER_NODES}[node], node)
    lab.ok("lab", "heal", "--all")


def services(lab: Rig, *addresses: str) -> list[str]:
    """What the services at these addresses call themselves to who asks in the pilot's enclave."""
    until = time.monotonic() + 30
    with inside(PrivateBox(lab.box()).netns("dc1-isolated")):
        while True:
            try:
                return [json.load(urlopen(f"http://{address}:8080", timeout=2))["service"] for address in addresses]
            except (URLError, TimeoutError):
                assert time.monotonic() < until, f"none of {addresses} answers"
                time.sleep(0.5)


@contextmanager
def beside(lab: Rig, *words: str) -> Iterator[dict[str, Any]]:
    """The command goes on beside the block; what it says is there when both are done."""
    found: dict[str, Any] = {}
    with lab.start(*words, "-o", "json") as going:
        yield found
        out, err = going.communicate(timeout=240)
    assert going.returncode == 0, err
    found.update(json.loads(out))


@contextmanager
def reset(lab: Rig) -> Iterator[None]:
    """Whatever happens inside, the private networks are as their departments made them afterwards."""
    box = PrivateBox(lab.box())
    before = (*sets(lab), *sets(lab, OTHER))
    try:
        yield
    finally:
        changed = [*NODES, *(OTHER_NODES if any(written(box, node) for node in OTHER_NODES) else ())]
        for node in changed:
            for file in (folders(box, node)[0] / "frr.conf", *written(box, node)):
                file.unlink(missing_ok=True)
        cut_power(lab, *changed)
        server(lab).update(lab.city.address_plan.domain, before)
        shutil.rmtree(folder_of(control(lab), lab.city) / "cutover", ignore_errors=True)


def control(lab: Rig) -> Control:
    scope = lab.access.scope or lab.name
    state = lab.state
    return Control(state, Trail(state, scope=scope), Leases(state, scope=scope), Silent(), "liu", production=False, scope=scope)


@contextmanager
def joined(lab: Rig) -> Iterator[None]:
    """Somebody gave a host of the isolated plane a leg in the common one, and it lets through what comes."""
    leg = str(PrivateBox(lab.box()).management_address("dc1-isolated"))
    rules = "table ip leak { chain go { type nat hook postrouting priority srcnat; oifname eth0 masquerade; }; }"
    forwarding = ("net.ipv4.ip_forward", "net.ipv4.conf.mgmt.forwarding")
    box = lab.box()
    try:
        at(lab, "dc1-isolated", "sysctl", "-qw", *(f"{key}=1" for key in forwarding))
        at(lab, "dc1-isolated", "nft", rules)
        box.run("dc1", ["ip", "route", "add", "10.48.2.0/24", "via", leg])
        yield
    finally:
        with suppress(Exception):
            box.run("dc1", ["ip", "route", "del", "10.48.2.0/24"])
        at(lab, "dc1-isolated", "nft", "flush", "ruleset")
        at(lab, "dc1-isolated", "sysctl", "-qw", *(f"{key}=0" for key in forwarding))


def answered(proof: dict[str, dict[str, dict[str, int]]], kind: str) -> tuple[int, int]:
    return proof[kind]["ipv4"]["answered"], proof[kind]["ipv6"]["answered"]


def asked(proof: dict[str, dict[str, dict[str, int]]], kind: str) -> tuple[int, int]:
    return proof[kind]["ipv4"]["asked"], proof[kind]["ipv6"]["asked"]


@pytest.mark.timeout(600)
def test_finance_network_is_merged_through_kills_taken_back_merged_again_and_retired(lab: Rig) -> None:
    before = held(lab)
    with reset(lab):
        if "CITYNODE_KILLS" in os.environ:
            lab.killed("names-shortened:middle", *CUTOVER, "--yes")
        lab.killed("border-switch:middle", *CUTOVER, "--yes")
        unfinished = lab.ok("net", "cutover", "status", NETWORK)["networks"][0]
        assert (unfinished["state"], unfinished["unfinished"]) == ("moving", unfinished["change_id"])
        done = lab.ok(*CUTOVER, "--yes", "--watch", "2")
        assert (done["change"], done["resumed"], done["state"]) == (unfinished["change_id"], True, "watching")
        assert (done["probes_lost"], done["outage_seconds"]) == (0, 0), done["paths"]
        assert len(done["paths"]) == 6
        assert done["probes_sent"] > 200
        proof = done["proof"]
        assert (answered(proof, "user"), answered(proof, "inside")) == ((2, 2), (4, 2))
        assert (answered(proof, "stranger"), answered(proof, "across")) == ((0, 0), (0, 0))
        assert min(*asked(proof, "stranger"), *asked(proof, "across")) >= 2
        assert done["names"] == {"finance-budget.tiny.gov.example": "10.48.1.10", "finance-treasury.tiny.gov.example": "10.48.2.20"}
        assert lab.run(*CUTOVER, "--yes").code == 5

        merged = held(lab)
        cut_power(lab, "finance-gw", HOSTS[1])
        assert held(lab) == merged
        assert services(lab, "10.48.1.10", "10.48.2.20", "[2001:db8:7e05:101::14]") == [*HOSTS, HOSTS[1]]

        if "CITYNODE_KILLS" in os.environ:
            lab.killed("names-back:middle", "net", "cutover", "rollback", NETWORK)
            lab.killed("border-back:middle", "net", "cutover", "rollback", NETWORK)
        back = lab.ok("net", "cutover", "rollback", NETWORK)
        assert (back["state"], back["of"], back["proof"]["ok"]) == ("separate", done["change"], True)
        assert held(lab) == before
        cut_power(lab, "finance-gw", HOSTS[1])
        assert held(lab) == before

        with beside(lab, "net", "cutover", "run", OTHER, "--yes", "--watch", "1") as other:
            again = lab.ok(*CUTOVER, "--now", "the leased line is gone on Friday", "--watch", "1")
        assert [(done["state"], done["probes_lost"]) for done in (again, other)] == [("watching", 0)] * 2
        assert services(lab, "10.48.1.10", "10.48.17.10") == [HOSTS[0], "human-resources-insurance"]
        reasons = [entry.facts["reason"] for entry in control(lab).trail.entries() if entry.action == "net-cutover-override"]
        assert reasons[-1:] == ["the leased line is gone on Friday"]
        with joined(lab):
            leak = lab.run("net", "cutover", "verify", NETWORK, "-o", "json")
            assert leak.code == 5
            assert "packets passed that may not: dc1 -> 10.48.2.20 (echo), dc1 -> 10.48.2.20 (tcp 8080)" in leak.err
            assert answered(leak.data, "across") == (2, 0)

        with beside(lab, "net", "cutover", "rollback", OTHER) as other:
            gone = lab.ok("net", "cutover", "retire", NETWORK)
        assert other["state"] == "separate"
        assert (gone["state"], answered(gone["proof"], "user"), answered(gone["last_look"], "across")) == ("merged", (2, 2), (0, 0))
        found = held(lab)
        assert "10.16.1." not in "".join(found.values())
        assert [(each.values, each.ttl) for each in sets(lab) if each.name.startswith(HOSTS[1])] == [
            (("10.48.2.20",), 15),
            (("2001:db8:7e05:101::14",), 15),
        ]
        assert lab.run("net", "cutover", "rollback", NETWORK).code == 5
    assert held(lab) == before


def test_what_stands_in_the_way_is_told_before_anything_is_changed(lab: Rig) -> None:
    before = held(lab)
    if not is_open(lab.city.windows, utc_now()):
        closed = lab.run(*CUTOVER)
        assert (closed.code, closed.err.splitlines()[0]) == (5, "error: no window for cutovers is open now")
    with control(lab).leases.hold(f"network:{NETWORK}", owner="liu"):
        held_by = lab.run(*CUTOVER, "--yes")
    assert held_by.code == 5
    assert "liu" in held_by.err

    at(lab, "finance-treasury", "ip", "address", "add", "10.16.1.77/24", "dev", "eth0")
    try:
        stranger = lab.run(*CUTOVER, "--yes")
    finally:
        at(lab, "finance-treasury", "ip", "address", "del", "10.16.1.77/24", "dev", "eth0")
    assert stranger.code == 5
    assert "offices (10.16.1.0/24): 10.16.1.77 answers and the city doesn't know it; renumbering would lose it" in stranger.err

    at(lab, "finance-gw", "ip", "link", "set", "mgmt", "down")
    try:
        silent = lab.run(*CUTOVER, "--yes")
    finally:
        at(lab, "finance-gw", "ip", "link", "set", "mgmt", "up")
    assert silent.code == 3
    assert "finance-gw at" in silent.err
    assert held(lab) == before
    assert lab.ok("net", "cutover", "status")["networks"][0]["state"] == "separate"
