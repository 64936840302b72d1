"""The push against real routers: what they take, what they refuse, what they keep, and what a killed push leaves."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from network.compare import targets
from network.desk import Care, Desk
from network.open import open_desk
from network.push.outcome import Outcome
from network.push.plan import Wave
from network.push.wave import WaveRun
from network.tree import Node, Tree
from ops.audit import Trail
from ops.control import Control
from ops.lease import Leases
from ops.progress import Silent
from ops.reach import load_access, write_access
from tests import warm
from tests.lab import killing
from tests.lab.rig import Rig
from tests.lab.routers import held, restore, vtysh
from tests.program import MODULES, ROOT
from tests.waiting import wait_until

T1, T2, AGG1 = "haifeng-t01", "haifeng-t02", "haifeng-agg1"


@pytest.fixture
def spoiled(lab: Rig) -> Iterator[Rig]:
    """Somebody typed on a county's routers; afterwards all hold what they held before, also over a restart."""
    before = held(lab)
    spoil(lab, T1, T2, AGG1)
    yield lab
    restore(lab, before)


def spoil(lab: Rig, *names: str) -> None:
    """Type what a push will put right."""
    for name in names:
        vtysh(lab, name, "interface ge1", "description by hand")


@pytest.fixture
def desk(lab: Rig, tmp_path: Path) -> Iterator[Desk]:
    """A desk in this process, with a book of its own: for faults that no command line can ask for."""
    from ops.record import shut_down

    control = Control(tmp_path, Trail(tmp_path), Leases(tmp_path), Silent(), "li", production=False, scope=tmp_path.name)
    yield open_desk(lab.city, lab.access, control, Care(settle_seconds=8))
    shut_down()


def towards(desk: Desk, name: str, *more: str, section: str = "interface ge1", change: str = "c1") -> tuple[Outcome, ...]:
    """One wave of one router, to what it shall be and these lines."""
    wanted = targets(desk.city, desk.rollout, [name])[name]
    nodes = [
        Node(node.line, (*node.children, *(Node(line) for line in more)) if node.line == section else node.children)
        for node in wanted.nodes
    ]
    log = desk.journal.open(change)
    log.describe({"kind": "net-push", "author": "li"})
    return WaveRun(desk, log, Wave("canary", (name,), is_critical=True), {name: Tree(tuple(nodes))}, desk.rollout.routers).run()


def test_a_push_is_verified_and_kept_over_a_restart_and_a_second_finds_nothing(spoiled: Rig) -> None:
    some = f"{T1},pe1,core"  # with every router that speaks BGP
    spoil(spoiled, "pe1", "core1", "core2")
    assert spoiled.run("net", "diff", "--devices", some).code == 7
    done = spoiled.ok("net", "push", "--devices", some, "--yes")
    assert (done["changed"], done["failed"], done["waves"]) == (4, [], ["canary", "province-a", "core-b", "core-a"])
    again = spoiled.ok("net", "push", "--devices", some, "--yes")
    assert (again["changed"], again["change"]) == (0, "")
    spoiled.ok("lab", "break", "router", T1)
    spoiled.ok("lab", "heal", T1)
    found = spoiled.ok("net", "verify", "--devices", some, "--wait", "40")
    assert found["ok"]
    assert found["addresses"]["ipv4"] == {"measured": 5, "reached": 5}
    assert spoiled.ok("net", "history")["changes"][0]["states"] == {"kept": 4}


def test_what_somebody_typed_is_shown_and_put_right(spoiled: Rig) -> None:
    spoiled.ok("net", "push", "--devices", T2, "--yes")
    vtysh(spoiled, T2, "interface ge1", "ip ospf cost 7", "description mine")
    shown = spoiled.run("net", "diff", "--devices", T2, "-o", "json")
    assert shown.code == 7
    assert "-  ip ospf cost 7\n" in shown.data["changes"][0]["diff"]
    assert spoiled.run("net", "verify", "--devices", T2).code == 7
    assert spoiled.ok("net", "push", "--devices", T2, "--yes")["changed"] == 1


def test_a_push_that_is_killed_again_and_again_ends_with_every_router_as_it_shall_be(spoiled: Rig) -> None:
    words = ("net", "push", "--devices", f"{T1},{AGG1}", "--yes")
    before = held(spoiled)
    for point in (f"device-{T1}:before", f"device-{T1}:middle", "wave-canary:after", f"device-{AGG1}:after"):
        spoiled.killed(point, *words)
    (unfinished,) = spoiled.ok("ops", "list")["unfinished"]
    done = spoiled.ok(*words)
    assert (done["change"], done["resumed"], done["changed"], done["failed"]) == (unfinished["change_id"], True, 2, [])
    assert spoiled.ok("net", "diff", "--devices", f"{T1},{AGG1}")["pending"] == 0
    spoiled.killed(f"device-{T1}:middle", "net", "rollback", "--yes")
    spoiled.ok("net", "rollback", "--change", done["change"], "--yes")
    assert held(spoiled) == before
    spoiled.killed(f"device-{T1}:middle", *words)
    spoiled.killed(f"device-{T1}:before", "net", "rollback", "--yes")
    assert held(spoiled) == before, "the half that the push left on trial was taken for the old"
    spoiled.ok("net", "rollback", "--yes")
    assert held(spoiled) == before


def test_a_router_that_is_down_is_named_and_the_others_are_pushed(spoiled: Rig) -> None:
    spoiled.ok("lab", "break", "router", T2)
    try:
        done = spoiled.run("net", "push", "--devices", f"{T1},{T2}", "--yes", "-o", "json")
    finally:
        spoiled.ok("lab", "heal", T2)
    address = spoiled.access.management_address(spoiled.city.router_by_name[T2].management)
    assert (done.code, done.data["changed"], [entry["device"] for entry in done.data["failed"]]) == (3, 1, [T2])
    assert f"error: 1 devices failed: {T2} (failed)\nwhy: {T2} at {address} does not answer: no TCP connection" in done.err


@contextmanager
def _access(lab: Rig, folder: Path, **paths: Path) -> Iterator[str]:
    """The lab's access file with other files for logins."""
    access = load_access(lab.state / "labs" / lab.name / "access.yaml")
    path = folder / "access.yaml"
    write_access(access.model_copy(update={"ssh": access.ssh.model_copy(update=paths)}), path)
    yield str(path)


def test_a_router_with_another_host_key_is_not_trusted(spoiled: Rig, tmp_path: Path) -> None:
    known, other = tmp_path / "known_hosts", tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", other], check=True)
    kind, key = other.with_suffix(".pub").read_text().split()[:2]
    address = spoiled.access.management_address(spoiled.city.router_by_name["core1"].management)
    known.write_text(f"{address} {kind} {key}\n")
    with _access(spoiled, tmp_path, known_hosts=known) as access:
        done = spoiled.run("net", "push", "--devices", "core1", "--yes", "--access", access)
    assert done.code == 3
    assert f"the host key of core1 at {address} can't be trusted: it showed another key than the one on file" in done.err
    assert "compare it on the console" in done.err


def test_a_key_that_routers_do_not_know_is_refused(lab: Rig, tmp_path: Path) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / "key"], check=True)
    with _access(lab, tmp_path, key=tmp_path / "key") as access:
        done = lab.run("net", "diff", "--devices", "core1", "--access", access)
    assert done.code == 3
    assert "refused the login: wrong user, or a key that it doesn't know" in done.err
    assert "try: check `ssh.user` and `ssh.key` in the access file" in done.err


def test_a_typo_is_answered_with_the_nearest_name(lab: Rig) -> None:
    done = lab.run("net", "push", "--devices", "haifeng-ag1", "--yes")
    assert (done.code, done.err.splitlines()[-1]) == (2, "try: did you mean 'haifeng-agg1'?")


def test_a_full_disk_stops_the_push_before_a_line_is_typed(spoiled: Rig, tmp_path: Path) -> None:
    if os.getuid() != 0 or shutil.which("mount") is None:
        pytest.skip("needs root, to mount a small disk")
    small, access = tmp_path / "small", str(spoiled.state / "labs" / spoiled.name / "access.yaml")
    small.mkdir()
    before = held(spoiled)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", small], check=True)
    try:
        (small / "fill").write_bytes(bytes((1024 - 8) * 1024 - 4096))
        done = spoiled.run("net", "push", "--devices", T1, "--yes", "--access", access, env={"CITYNODE_STATE": str(small)})
    finally:
        subprocess.run(["umount", small], check=True)
    assert done.code == 1
    assert "the disk is full" in done.err
    assert held(spoiled) == before


def test_a_line_that_the_router_refuses_in_mid_block_takes_back_those_before_it(lab: Rig, desk: Desk) -> None:
    before = held(lab)
    (outcome,) = towards(desk, T1, "ip ospf cost 99999")
    assert (outcome.state, outcome.exit_code) == ("rolled-back", 1)
    assert outcome.error.startswith(f"{T1} did not take 'ip ospf cost 99999': ")
    assert held(lab) == before


def test_a_line_that_the_router_takes_and_does_not_keep_is_noticed(lab: Rig, desk: Desk) -> None:
    before = held(lab)
    (outcome,) = towards(desk, T1, "ip ospf hello-interval 10", section="interface lan0")  # the default: FRR forgets it
    assert (outcome.state, outcome.error) == ("rolled-back", f"{T1} did not keep every line: + ip ospf hello-interval 10")
    assert held(lab) == before


def test_a_change_that_makes_the_router_unreachable_is_taken_back(lab: Rig, desk: Desk) -> None:
    """Other timers than the neighbours': everything looks right until their hellos are missed."""
    before = held(lab)
    wanted = targets(desk.city, desk.rollout, [T1])[T1]
    deaf = tuple(Node(node.line, tuple(_slower(line) for line in node.children)) for node in wanted.nodes)
    log = desk.journal.open("c1")
    (outcome,) = WaveRun(desk, log, Wave("canary", (T1,)), {T1: Tree(deaf)}, desk.rollout.routers).run()
    assert (outcome.state, outcome.error) == (
        "rolled-back",
        f"{T1} is not reachable over IPv4 after the change: measured from another router for 8 s",
    )
    assert held(lab) == before


def test_our_own_change_cuts_the_management_path_and_the_router_is_back_by_itself(lab: Rig, desk: Desk) -> None:
    """An address that overlaps the management network: the router answers into its local network from then on."""
    before = held(lab)
    host = lab.access.management.network_address
    quick = replace(desk, care=replace(desk.care, trial_seconds=12))
    began = time.monotonic()
    (outcome,) = towards(quick, T1, f"ip address {host + 2}/24", section="interface lan0")
    took = time.monotonic() - began
    assert outcome.state == "rolled-back"
    assert outcome.error.startswith(f"{T1} was lost after its change and went back by itself: {T1} did not show its prompt in time")
    assert took < quick.care.deadline_seconds
    assert held(lab) == before
    assert told(lab, T1, "guard status").endswith("returned c1\n")


def test_a_push_that_is_killed_and_never_taken_up_is_taken_back_by_the_routers(spoiled: Rig, tmp_path: Path) -> None:
    before = held(spoiled)
    dying = {**os.environ, "CITYNODE_KILL_AT": f"device-{T1}:after"}
    code, _said, told_us = warm.run(die_in_mid_push, (str(spoiled.state), spoiled.name, str(tmp_path)), ROOT, dying, 120, MODULES)
    assert code == -9, told_us
    assert held(spoiled) != before
    wait_until(lambda: "returned" in told(spoiled, T1, "guard status"), seconds=15)
    assert held(spoiled) == before


def test_killed_at_random_moments_every_router_ends_wholly_old_or_wholly_new(lab: Rig, tmp_path: Path) -> None:
    """`CITYNODE_KILLS=20` for more of them."""
    before = held(lab)
    kills = os.environ.get("CITYNODE_KILLS", "3")
    access = lab.state / "labs" / lab.name / "access.yaml"
    code, said, told_us = warm.run(killing.report, (str(access), str(tmp_path), kills, "20261125"), ROOT, os.environ, 280, MODULES)
    restore(lab, before)
    assert code == 0, told_us
    found = json.loads(said)
    assert len(found) == int(kills)
    for each in found:
        states = set(each["held"].values())
        wanted = {"resume": [{"new"}], "rollback": [{"old"}], "nothing": [{"old"}, {"new"}, {"old", "new"}]}[each["way"]]
        assert states in wanted, each


def die_in_mid_push(lab_state: str, name: str, folder: str) -> int:
    """In a process of its own: a push of one router that is killed when its lines are typed and nothing is confirmed."""
    lab, state = Rig(Path(lab_state), name), Path(folder)
    control = Control(state, Trail(state), Leases(state), Silent(), "li", production=False, scope=state.name)
    towards(open_desk(lab.city, lab.access, control, Care(settle_seconds=8, trial_seconds=6.0)), T1)
    return 0


def told(lab: Rig, name: str, request: str) -> str:
    """What a router's guard answers to OpenSSH."""
    login = lab.access.ssh
    host = lab.access.management_address(lab.city.router_by_name[name].management)
    options = ("-F", "/dev/null", "-o", "BatchMode=yes", "-o", f"UserKnownHostsFile={login.known_hosts}", "-i", str(login.key))
    return subprocess.run(["ssh", *options, f"{login.user}@{host}", request], capture_output=True, text=True, check=False).stdout


def _slower(node: Node) -> Node:
    words = {"ip ospf hello-interval 1": "ip ospf hello-interval 3", "ip ospf dead-interval 4": "ip ospf dead-interval 12"}
    return Node(words.get(node.line, node.line), node.children)
