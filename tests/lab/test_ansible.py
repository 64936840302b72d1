"""Ansible's door: the same diff, the same journal, leases and trail as the command line's."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from city.load import find_city
from lab.namespace import inside
from network.dns import DnsUpdates
from network.edge import edge_addresses
from ops.reach import write_access
from tests.lab.rig import ROOT, Ended, Rig
from tests.lab.routers import kept, vtysh


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

    killed = play(spoiled, tmp_path, env={"CITYNODE_KILL_AT": "device-core1:middle"})
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


@pytest.mark.timeout(600)
def test_the_hosts_get_their_baseline_once_and_drift_is_mended(lab: Rig, tmp_path: Path) -> None:
    words = ("--limit", "room-archives,dc1")
    first = play(lab, tmp_path, *words, name="hosts.yml")
    assert (first.code, recap(first)) == (0, {"dc1": 1, "room-archives": 1}), first.out + first.err
    filter_ = lab.box().dir("room-archives", "srv") / "baseline" / "etc" / "nftables.d" / "50-citynode.nft"
    sound = filter_.read_text(encoding="utf-8")
    assert "ip saddr { 10.16.1.0/24, 10.16.2.0/24 } tcp dport 22 accept" in sound
    filter_.write_text(sound.replace("policy drop", "policy accept"), encoding="utf-8")
    check = play(lab, tmp_path, "--check", "--diff", *words, name="hosts.yml")
    assert (check.code, recap(check)) == (0, {"dc1": 0, "room-archives": 1}), check.out + check.err
    assert "policy drop;" in check.out
    again = play(lab, tmp_path, *words, name="hosts.yml")
    assert (recap(again), filter_.read_text(encoding="utf-8")) == ({"dc1": 0, "room-archives": 1}, sound)


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
    check = play(lab, tmp_path, "--check", "--diff", name="cdn.yml")
    assert (check.code, recap(check)) == (0, {"localhost": 1}), check.out + check.err
    assert "+            limit_except GET { deny all; }" in check.out
    done = play(lab, tmp_path, name="cdn.yml")
    assert (done.code, recap(done), conf.read_text(encoding="utf-8")) == (0, {"localhost": 1}, sound), done.out + done.err
    assert [(entry["subject"], entry["outcome"]) for entry in lab.ok("audit", "show")[-2:]] == [("cdn1", "begun"), ("cdn1", "done")]
    again = play(lab, tmp_path, name="cdn.yml")
    assert (again.code, recap(again)) == (0, {"localhost": 0}), again.out + again.err


@pytest.mark.timeout(300)
def test_a_content_edge_that_cannot_take_its_configuration_up_goes_on_with_the_old_one(lab: Rig, tmp_path: Path) -> None:
    box = lab.box()
    conf = box.dir("dc1", "srv") / "edge" / "cdn1" / "nginx.conf"
    sound = conf.read_text(encoding="utf-8")
    sites = Path(shutil.copytree(find_city("tiny"), tmp_path / "tiny")) / "sites.yaml"
    elsewhere = "{name: cdn1, site: dc1, port: 8053,"
    sites.write_text(sites.read_text(encoding="utf-8").replace("{name: cdn1, site: dc1,", elsewhere), encoding="utf-8")
    write_access(lab.access.model_copy(update={"city": str(sites.parent)}), tmp_path / "access.yaml")
    with inside(box.netns("dc1")), socket.socket() as taken:
        taken.bind((str(edge_addresses(lab.city)[0].ipv4), 8053))
        done = play(lab, tmp_path, name="cdn.yml", env={"CITYNODE_ACCESS": str(tmp_path / "access.yaml")})
    assert done.code != 0
    assert "the edge cdn1 did not take its new configuration up" in done.out
    assert "Address already in use" in done.out
    assert conf.read_text(encoding="utf-8") == sound
    assert {row["ipv4"]["status"] for row in lab.ok("net", "edges")["edges"]} == {200}
    assert lab.ok("audit", "show")[-1]["outcome"] == "taken-back"
