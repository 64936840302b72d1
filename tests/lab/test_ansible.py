"""Ansible's door: the same diff, the same journal, leases and trail as the command line's."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from ipaddress import IPv6Address
from pathlib import Path

import pytest

from city.addressing import addressing
from city.load import find_city
from lab.logins.sshd import wait_ready
from lab.namespace import inside
from network.devices.shells import SshShells
from network.dns.server import DnsUpdates
from network.edges.address import edge_addresses
from network.errors import DeviceRefused
from tests.lab.rig import Rig
from tests.lab.routers import kept, vtysh
from tests.program import ROOT, Ended
from tests.waiting import wait_until

HOST = "room-archives"
SPARE = 7777
"""A port that stands in no city's data."""


@pytest.fixture
def spoiled(lab: Rig) -> Iterator[Rig]:
    """Both cores lack something; afterwards all routers hold what they held before."""
    with kept(lab):
        lab.run("net", "push", "--devices", "core", "--yes")
        for core in ("core1", "core2"):
            vtysh(lab, core, "interface ge9", "description by hand")
        yield lab


def play(lab: Rig, home: Path, *words: str, name: str = "cores.yml", env: Mapping[str, str] | None = None) -> Ended:
    """Run a play as an operator would, from its own folder."""
    program = Path(sys.executable).with_name("ansible-playbook")
    settings = {"CITYNODE_STATE": str(lab.state), "ANSIBLE_HOME": str(home), "ANSIBLE_NOCOLOR": "1", "LANG": "C.UTF-8", **(env or {})}
    done = subprocess.run(
        [program, name, *words], cwd=ROOT / "playbooks", env={**os.environ, **settings}, capture_output=True, text=True, check=False,
        timeout=240, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    return Ended(done.returncode, done.stdout, done.stderr)


@dataclass(frozen=True)
class Doors:
    """What may be tried on the department's host, and from where."""

    lab: Rig
    link_local: str

    def open(self) -> set[str]:
        """What packets get through to."""
        box, lan = self.lab.box(), _lan(self.lab, HOST)
        near, other = _lan(self.lab, "dc1"), _lan(self.lab, "dc3")
        tries = {
            "spare over IPv4": ("dc1", near, (lan, SPARE)),
            "spare over IPv6": ("core1", "", (self.link_local, SPARE)),
            "login from operators": ("dc1", near, (lan, 22)),
            "login from elsewhere": ("dc3", other, (lan, 22)),
            "service": ("dc3", other, (lan, 8080)),
        }
        return {name for name, (node, source, where) in tries.items() if _opens(box.netns(node), source, where)}


def _lan(lab: Rig, site: str) -> str:
    plan = addressing(lab.city).lan(site)
    assert plan is not None
    return str(plan.ipv4.ip)


def _opens(netns: str, source: str, where: tuple[str, int]) -> bool:
    try:
        with inside(netns), socket.create_connection(where, timeout=2, source_address=(source, 0) if source else None):
            return True
    except OSError:
        return False


@contextmanager
def listening(lab: Rig) -> Iterator[Doors]:
    """Somebody listens on the host at a port that no baseline knows, in both families, and at the port of logins in its local network."""
    with ExitStack() as stack:
        with inside(lab.box().netns(HOST)):
            stack.enter_context(socket.create_server(("::", SPARE), family=socket.AF_INET6, dualstack_ipv6=True))
            stack.enter_context(socket.create_server((_lan(lab, HOST), 22)))
            found = [line.split() for line in Path("/proc/thread-self/net/if_inet6").read_text().splitlines()]
        (address,) = [IPv6Address(int(row[0], 16)) for row in found if (row[3], row[5]) == ("20", "up1")]
        yield Doors(lab, f"{address}%ge8")


def recap(done: Ended) -> dict[str, int]:
    """How many tasks changed something, by router."""
    return {name: int(changed) for name, changed in re.findall(r"^(\S+)\s+: ok=\d+\s+changed=(\d+)", done.out, re.MULTILINE)}


@pytest.mark.timeout(600)
def test_a_play_shows_the_same_diff_goes_on_after_a_kill_and_the_second_changes_nothing(spoiled: Rig, tmp_path: Path) -> None:
    shown = spoiled.run("net", "diff", "--devices", "core", "-o", "json").data["changes"]
    check = play(spoiled, tmp_path, "--check", "--diff")
    assert (check.code, recap(check)) == (0, {"core1": 1, "core2": 1}), check.out + check.err
    assert [change["device"] for change in shown] == ["core1", "core2"]
    for change in shown:
        assert f"{change['device']}\n{change['diff']}\n" in check.out
    assert spoiled.run("net", "diff", "--devices", "core", "-o", "json").data["changes"] == shown

    cut = {"CITYNODE_KILL_AT": "device-core1:middle", "TMPDIR": str(tmp_path)}  # what Ansible leaves behind then goes with the test
    killed = play(spoiled, tmp_path, env=cut)
    assert killed.code != 0
    (unfinished,) = spoiled.ok("ops", "list")["unfinished"]
    done = play(spoiled, tmp_path, "--diff")
    assert (done.code, recap(done)) == (0, {"core1": 1, "core2": 1}), done.out + done.err
    again = play(spoiled, tmp_path)
    assert (again.code, recap(again)) == (0, {"core1": 0, "core2": 0})

    assert spoiled.ok("net", "diff", "--devices", "core")["pending"] == 0
    newest = spoiled.ok("net", "history")["changes"][:2]
    assert unfinished["change_id"] in {change["change"] for change in newest}
    assert [change["states"] for change in newest] == [{"kept": 1}, {"kept": 1}]
    trail = spoiled.ok("audit", "show")[-5:]
    assert [entry["outcome"] for entry in trail] == ["begun", "resumed", "done", "begun", "done"]
    assert spoiled.ok("audit", "verify")["ok"]


def test_a_play_for_a_city_that_cannot_be_reached_fails_and_says_what_to_do(lab: Rig, tmp_path: Path) -> None:
    done = play(lab, tmp_path, env={"CITYNODE_ACCESS": str(tmp_path / "none.yaml")})
    assert done.code != 0
    assert "none.yaml can't be read" in done.out + done.err


@pytest.fixture
def bare(lab: Rig) -> Iterator[Rig]:
    """Hosts without a baseline, before and after."""
    yield lab
    box = lab.box()
    box.run(HOST, ["nft", "delete", "table", "inet", "citynode"], allowed=(0, 1))
    for site in (HOST, "dc1"):
        shutil.rmtree(box.dir(site, "srv") / "baseline", ignore_errors=True)
    os.kill(int((box.folder / "run" / HOST / "sshd").read_text().split()[0]), signal.SIGHUP)
    wait_ready(box, HOST)


@pytest.mark.timeout(600)
def test_the_hosts_get_their_baseline_once_and_drift_is_mended(bare: Rig, tmp_path: Path) -> None:
    words = ("--limit", "room-archives,dc1")
    first = play(bare, tmp_path, *words, name="hosts.yml")
    assert (first.code, recap(first)) == (0, {"dc1": 1, "room-archives": 1}), first.out + first.err
    filter_ = bare.box().dir("room-archives", "srv") / "baseline" / "etc" / "nftables.d" / "50-citynode.nft"
    sound = filter_.read_text(encoding="utf-8")
    assert f"ip saddr {{ 10.16.1.0/24, 10.16.2.0/24, {bare.access.management} }} tcp dport 22 accept" in sound
    filter_.write_text(sound.replace("policy drop", "policy accept"), encoding="utf-8")
    check = play(bare, tmp_path, "--check", "--diff", *words, name="hosts.yml")
    assert (check.code, recap(check)) == (0, {"dc1": 0, "room-archives": 1}), check.out + check.err
    assert "policy drop;" in check.out
    again = play(bare, tmp_path, *words, name="hosts.yml")
    assert (recap(again), filter_.read_text(encoding="utf-8")) == ({"dc1": 0, "room-archives": 1}, sound)


@pytest.mark.timeout(300)
def test_a_hosts_baseline_holds_for_packets_and_is_taken_back_where_it_would_cut_us_off(bare: Rig, tmp_path: Path) -> None:
    box, words = bare.box(), ("--limit", HOST, "-e", "baseline_activate=true")
    with listening(bare) as doors:
        assert doors.open() == {"spare over IPv4", "spare over IPv6", "login from operators", "login from elsewhere", "service"}
        first = play(bare, tmp_path, "-v", *words, name="hosts.yml")
        assert (first.code, recap(first)) == (0, {HOST: 1}), first.out + first.err
        assert doors.open() == {"login from operators", "service"}
        holds = box.run(HOST, ["nft", "list", "table", "inet", "citynode"]).stdout
        box.run(HOST, ["nft", "add", "rule", "inet", "citynode", "input", "tcp", "dport", str(SPARE), "accept"])
        check = play(bare, tmp_path, "--check", "--diff", *words, name="hosts.yml")
        assert (check.code, recap(check)) == (0, {HOST: 1}), check.out + check.err
        assert [line for line in check.out.splitlines() if re.match(r"[-+](?![-+])", line)] == [f"-\t\ttcp dport {SPARE} accept"]
        box.run(HOST, ["nft", "-f", str(box.dir(HOST, "srv") / "baseline/etc/nftables.d/50-citynode.nft")])
        assert "Accepted publickey for root" in box.log(HOST, "sshd").read_text(errors="replace")  # LogLevel VERBOSE: it was read anew

        cut = ("-e", "baseline_ssh_port=2222", "-e", "baseline_trial_seconds=12")
        lost = play(bare, tmp_path, *words, *cut, name="hosts.yml", env={"ANSIBLE_TIMEOUT": "3"})
        assert lost.code != 0
        assert re.search("it takes its baseline back by itself|it took itself back", " ".join(lost.out.split())), lost.out + lost.err
        wait_until(lambda: box.run(HOST, ["nft", "list", "table", "inet", "citynode"]).stdout, lambda held: held == holds, seconds=60)
        assert SshShells(bare.access.hosts, bare.access).run(HOST, "echo in").strip() == "in"
        assert doors.open() == {"login from operators", "service"}


def test_names_are_brought_to_what_the_play_says_and_back(lab: Rig, tmp_path: Path) -> None:
    name = "www.tiny.gov.example"
    extra = tmp_path / "records.yml"
    extra.write_text(f"records: [{{zone: tiny.gov.example, name: {name}, kind: CNAME, values: [service-portal.tiny.gov.example.]}}]\n")
    assert lab.access.dns is not None
    server = DnsUpdates(lab.access.dns)
    done = play(lab, tmp_path, "--diff", "-e", f"@{extra}", name="dns.yml")
    assert (done.code, recap(done)) == (0, {"localhost": 1}), done.out + done.err
    assert server.read(name, "CNAME") == ("service-portal.tiny.gov.example.",)
    extra.write_text(f"records: [{{zone: tiny.gov.example, name: {name}, kind: CNAME, values: []}}]\n")
    gone = play(lab, tmp_path, "-e", f"@{extra}", name="dns.yml")
    assert (gone.code, recap(gone), server.read(name, "CNAME")) == (0, {"localhost": 1}, ())
    assert [entry["subject"] for entry in lab.ok("audit", "show")[-2:]] == ["tiny.gov.example"] * 2


@pytest.mark.timeout(300)
def test_a_content_edge_that_drifted_is_shown_mended_and_then_left_alone(lab: Rig, tmp_path: Path) -> None:
    conf = lab.box().dir("dc1", "srv") / "edge" / "cdn1" / "nginx.conf"
    sound = conf.read_text(encoding="utf-8")
    conf.write_text(sound.replace("limit_except GET { deny all; }", "", 1), encoding="utf-8")
    shown = lab.run("net", "edges", "diff", "-o", "json")
    assert (shown.code, [(one["edge"], one["site"]) for one in shown.data["changes"]]) == (7, [("cdn1", "dc1")])
    assert "+            limit_except GET { deny all; }" in shown.data["changes"][0]["diff"]
    assert lab.ok("net", "edges", "push", "--dry-run") == {**shown.data, "changed": 0}
    check = play(lab, tmp_path, "--check", "--diff", name="cdn.yml")
    assert (check.code, recap(check)) == (0, {"localhost": 1}), check.out + check.err
    assert "+            limit_except GET { deny all; }" in check.out
    done = play(lab, tmp_path, name="cdn.yml")
    assert (done.code, recap(done), conf.read_text(encoding="utf-8")) == (0, {"localhost": 1}, sound), done.out + done.err
    assert [(entry["subject"], entry["outcome"]) for entry in lab.ok("audit", "show")[-2:]] == [("cdn1", "begun"), ("cdn1", "done")]
    again = play(lab, tmp_path, name="cdn.yml")
    assert (again.code, recap(again)) == (0, {"localhost": 0}), again.out + again.err
    assert lab.run("net", "edges", "diff").code == 0


@pytest.mark.timeout(300)
def test_a_content_edge_that_cannot_take_its_configuration_up_goes_on_with_the_old_one(lab: Rig, tmp_path: Path) -> None:
    box = lab.box()
    conf = box.dir("dc1", "srv") / "edge" / "cdn1" / "nginx.conf"
    sound = conf.read_text(encoding="utf-8")
    sites = Path(shutil.copytree(find_city("tiny"), tmp_path / "tiny")) / "sites.yaml"
    elsewhere = "{name: cdn1, site: dc1, port: 8053,"
    sites.write_text(sites.read_text(encoding="utf-8").replace("{name: cdn1, site: dc1,", elsewhere), encoding="utf-8")
    with inside(box.netns("dc1")), socket.socket() as taken:
        taken.bind((str(edge_addresses(lab.city)[0].ipv4), 8053))
        done = lab.run("net", "edges", "push", "cdn1", "--yes", "--city", str(sites.parent))
    assert (done.code, "the edge cdn1 did not take its new configuration up" in done.err) == (DeviceRefused.exit_code, True), done.err
    assert "Address already in use" in done.err
    assert conf.read_text(encoding="utf-8") == sound
    assert {row["ipv4"]["status"] for row in lab.ok("net", "edges", "look")["edges"]} == {200}
    assert lab.ok("audit", "show")[-1]["outcome"] == "taken-back"
