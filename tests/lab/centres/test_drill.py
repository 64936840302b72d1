"""A switchover drill on three real databases: measured, killed in the middle, refused where it would do harm.

The first drill goes away from the first city centre and the second comes back, so the group stands afterwards as before.
"""

from __future__ import annotations

import json
import os
import signal
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from dr import patroni, workspace
from dr.database import connected
from dr.observe import Observed, observe
from dr.topology import Node, Topology, topology
from dr.vantage import at_site
from lab import processes
from lab.quorum.client import is_dcs_healthy
from lab.quorum.layout import Member, layout_of
from tests.lab.rig import Rig
from tests.waiting import wait_until

DRILL = ("dr", "drill", "run", "switchover", "--group", "g1")


@pytest.fixture
def where(lab: Rig) -> Topology:
    return topology(lab.city, lab.access, "g1")


def is_ready(lab: Rig) -> bool:
    return bool(lab.ok("dr", "status")["groups"][0]["ready"])


def assert_kept(result: dict[str, Any]) -> None:
    """What a drill promises: in time, nothing lost, one side at a time, nothing left."""
    assert result["passed"], result["findings"]
    assert (result["lost_writes"], result["leftovers"], result["writable_sides_max"]) == (0, 0, 1)
    for system in result["systems"]:
        assert 0 < system["rto_seconds"] <= result["promised"]["rto_seconds"]  # how fast it is: benchmarks/switchover.py
        assert system["acknowledged"] > 50
        assert system["rpo_seconds"] == 0


def running(lab: Rig, node: str) -> Iterator[tuple[int, bytes]]:
    """Pid and command line of what runs at a node."""
    for one in processes.within([lab.box().netns(node)]):
        with suppress(OSError):  # it ended meanwhile
            yield one.pid, Path(f"/proc/{one.pid}/cmdline").read_bytes()


def is_watched(lab: Rig) -> bool:
    """Whether a drill's probe runs; no database is asked, since one that is about to switch may refuse."""
    return any(b"probe.py" in command for _pid, command in running(lab, "province"))


def nothing_is_left(lab: Rig, where: Topology) -> None:
    """Asked of the databases and of the site that watched, not of the drill."""
    seen = observe(where)
    assert workspace.leftovers(where.node(seen.primary), workspace.PREFIX) == ()
    with at_site(lab.access, "province") as vantage:
        assert not [name for name in vantage.files.listdir("/var/tmp") if name.startswith(workspace.PREFIX)]  # noqa: S108
    assert not is_watched(lab)


def test_a_switchover_loses_nothing_while_a_second_one_is_refused(lab: Rig, where: Topology) -> None:
    wait_until(lambda: is_ready(lab), seconds=60, what="the group is ready")
    before = observe(where).primary
    with lab.start(*DRILL, "-o", "json") as first:
        wait_until(lambda: is_watched(lab), seconds=30, what="the first drill writes")
        second = lab.run(*DRILL)
        out, err = first.communicate(timeout=120)
    assert (second.code, "group:g1 is being worked on" in second.err) == (5, True), second.err
    assert first.returncode == 0, err
    result = json.loads(out)
    assert_kept(result)
    assert (result["from"], result["to"]) == (before, where.other(before))
    assert observe(where).primary == result["to"]
    nothing_is_left(lab, where)
    for report in map(Path, result["reports"]):
        assert "<svg" in report.read_text(encoding="utf-8")
    shown = lab.ok("dr", "drill", "list")["drills"][0]
    assert shown["drill"] == result["drill"]
    assert lab.ok("audit", "verify")["ok"]


def test_a_drill_killed_while_it_switched_is_gone_on_with(lab: Rig, where: Topology) -> None:
    wait_until(lambda: is_ready(lab), seconds=60, what="the group is ready")
    source = observe(where).primary
    lab.killed("switchover:after", *DRILL)
    elsewhere = lab.run(*DRILL, "--to", source)
    assert (elsewhere.code, "is not finished" in elsewhere.err) == (5, True), elsewhere.err
    result = lab.ok(*DRILL)
    assert result["resumed"]
    assert result["to"] == observe(where).primary == where.other(source)
    assert_kept(result)
    nothing_is_left(lab, where)


def test_a_drill_that_was_given_up_leaves_nothing(lab: Rig, where: Topology) -> None:
    wait_until(lambda: is_ready(lab), seconds=60, what="the group is ready")
    leader = observe(where).primary
    lab.killed("baseline:after", *DRILL)
    assert workspace.leftovers(where.node(leader), workspace.PREFIX)
    removed = lab.ok("dr", "drill", "abort", "--group", "g1", "--yes")["removed"]
    assert any(each.startswith("role ") for each in removed)
    assert observe(where).primary == leader
    nothing_is_left(lab, where)


@contextmanager
def stuck(lab: Rig, where: Topology, primary: str, standby: str) -> Iterator[None]:
    """The standby receives and does not replay: its startup process stands still, and it falls tens of megabytes behind."""
    (startup,) = [pid for pid, command in running(lab, standby) if b": startup " in command]
    os.kill(startup, signal.SIGSTOP)
    try:
        with connected(where.node(primary)) as here:
            here.execute("CREATE TABLE citynode_test_filler AS SELECT repeat(md5(n::text), 30) FROM generate_series(1, 25000) n")
            here.execute("DROP TABLE citynode_test_filler")
        yield
    finally:
        os.kill(startup, signal.SIGCONT)


def test_a_standby_that_is_stuck_is_found_before_anything_happens(lab: Rig, where: Topology) -> None:
    wait_until(lambda: is_ready(lab), seconds=60, what="the group is ready")
    primary = observe(where).primary
    standby = where.other(primary)
    with stuck(lab, where, primary, standby):
        refused = lab.run(*DRILL)
        status = lab.ok("dr", "status")["groups"][0]
    assert refused.code == 5, refused.err
    assert f"{standby} is " in refused.err
    assert "bytes behind" in refused.err
    assert (status["ready"], "bytes behind" in status["problems"][0]) == (False, True)
    wait_until(lambda: is_ready(lab), seconds=60, what="it caught up")
    assert observe(where).primary == primary


@contextmanager
def way_back(primary: Node) -> Iterator[None]:
    """What keeps a moved system's writes for its department, which is away."""
    with connected(primary) as here:
        here.execute("SELECT pg_create_logical_replication_slot('citynode_archive_back', 'pgoutput')")
    try:
        yield
    finally:
        with connected(primary) as here:
            here.execute("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = 'citynode_archive_back'")


def test_a_move_that_can_be_taken_back_outlives_a_restart_and_stops_the_drill(lab: Rig, where: Topology) -> None:
    wait_until(lambda: is_ready(lab), seconds=60, what="the group is ready")
    primary = where.node(observe(where).primary)
    problem = "a switchover would break the way back of archive"
    with way_back(primary):
        patroni._request(primary, "/restart", {}, timeout=60)  # it looks anew at the slots, and drops those that aren't its own
        wait_until(
            lambda: lab.ok("dr", "status")["groups"][0]["problems"], lambda seen: seen == [problem], seconds=60, what="it is whole again"
        )
        refused = lab.run(*DRILL)
    assert (refused.code, problem in refused.err, "citynode migrate status" in refused.err) == (5, True, True), refused.err
    assert observe(where).primary == primary.centre
    wait_until(lambda: is_ready(lab), seconds=60, what="the group is ready again")


def maintain(member: Member, what: str, **words: object) -> dict[str, Any]:
    """What the member's etcd answers to one call of its maintenance service."""
    body = json.dumps(words).encode()
    with urllib.request.urlopen(f"{member.dcs}/v3/maintenance/{what}", data=body, timeout=3) as answer:  # noqa: S310 - our own http://
        found: dict[str, Any] = json.load(answer)
        return found


def terms(lab: Rig) -> list[int]:
    """How many elections each etcd has heard of that has a leader and can write."""
    return [int(maintain(member, "status")["raftTerm"]) for member in filter(is_dcs_healthy, layout_of(lab.box()).members)]


def give_lead(lab: Rig, centre: str) -> None:
    """The centre's etcd leads from now on: without it there has to be an election."""
    seen = {member: maintain(member, "status") for member in layout_of(lab.box()).members}
    ids = {member: status["header"]["member_id"] for member, status in seen.items()}
    leader = next(member for member, status in seen.items() if status["leader"] == ids[member])
    wanted = next(member for member in seen if member.centre == centre)
    if leader is not wanted:
        maintain(leader, "transfer-leadership", targetID=ids[wanted])


def timeline(seen: Observed) -> int | None:
    """The primary's: a new one begins with every promotion."""
    facts = seen.member(seen.primary).facts
    return facts and facts.timeline


def test_a_dark_centre_is_named_and_nothing_is_begun(lab: Rig, where: Topology) -> None:
    wait_until(lambda: is_ready(lab), seconds=60, what="the group is ready")
    before = observe(where)
    primary, dark = before.primary, where.other(before.primary)
    give_lead(lab, dark)
    known = max(terms(lab))
    lab.ok("lab", "break", "centre", dark)
    try:
        refused = lab.run(*DRILL)
        held, _same = wait_until(lambda: terms(lab), lambda seen: len(seen) == 2, seconds=20, what="the others are a quorum")
        assert held > known, "who led went dark: the others had to elect"
    finally:
        lab.ok("lab", "heal", dark)
    assert refused.code == 3, refused.err
    assert f"database of {dark} can't be reached" in refused.err
    wait_until(lambda: is_ready(lab), seconds=90, what="the group is whole again")
    found = wait_until(lambda: terms(lab), lambda seen: len(seen) == 3, seconds=20, what="one quorum again")
    assert set(found) == {held}, "who comes back asks for no election: while the quorum has no leader, a primary can lose its role"
    after = observe(where)
    assert (after.primary, timeline(after)) == (primary, timeline(before))
    nothing_is_left(lab, where)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("dr", "drill", "run", "switchover", "--group", "g11"), "did you mean 'g1'"),
        (("dr", "drill", "run", "switchovr"), "did you mean 'switchover'"),
    ],
)
def test_a_wrong_name_is_refused_with_the_nearest(lab: Rig, words: tuple[str, ...], says: str) -> None:
    done = lab.run(*words)
    assert done.code == 2, done.err
    assert says in done.err
