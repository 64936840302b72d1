"""Each precondition, broken one at a time, stops the switchover and is named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from dr.checks import refuse_unless_ready, switchover_checks
from dr.database import Stream
from dr.findings import Finding, finding
from dr.observe import MemberView, Observed
from dr.status import group_status
from dr.topology import Topology
from ops.errors import PolicyRefused, Unreachable


def failed(where: Topology, seen: Observed, target: str = "dc2") -> set[str]:
    return {check.name for check in switchover_checks(where, seen, "dc1", target) if check.must and not check.ok}


def with_member(seen: Observed, view: MemberView) -> Observed:
    return replace(seen, members=tuple(view if each.centre == view.centre else each for each in seen.members))


def with_streams(seen: Observed, *streams: Stream) -> Observed:
    primary = seen.member("dc1")
    assert primary.facts is not None
    return with_member(seen, replace(primary, facts=replace(primary.facts, streams=streams)))


def dead(seen: Observed, centre: str) -> Observed:
    return with_member(seen, MemberView(centre, None, None, "no answer"))


def promoted(seen: Observed, centre: str) -> Observed:
    view = seen.member(centre)
    assert view.facts is not None
    return with_member(seen, replace(view, facts=replace(view.facts, is_standby=False)))


def paused(seen: Observed) -> Observed:
    view = seen.member("dc1")
    assert view.cluster is not None
    return with_member(seen, replace(view, cluster=replace(view.cluster, is_paused=True)))


def behind(seen: Observed) -> Observed:
    view = seen.member("dc2")
    assert view.facts is not None
    return with_member(seen, replace(view, facts=replace(view.facts, timeline=2)))


def moved(seen: Observed) -> Observed:
    """Two systems moved in and can still be taken back."""
    primary = seen.member("dc1")
    assert primary.facts is not None
    return with_member(seen, replace(primary, facts=replace(primary.facts, open_moves=("archive", "e-licence"))))


def unheard(seen: Observed) -> Observed:
    """dc2 receives nothing, so it knows no timeline."""
    view = seen.member("dc2")
    assert view.facts is not None
    return with_member(seen, replace(view, facts=replace(view.facts, timeline=None)))


def test_a_healthy_group_may_switch(where: Topology, healthy: Observed) -> None:
    assert failed(where, healthy) == set()


CASES: list[tuple[Callable[[Observed], Observed], set[str]]] = [
    (lambda seen: dead(seen, "dc3"), {"reachable-dc3"}),
    (lambda seen: dead(seen, "dc1"), {"reachable-dc1", "one-primary"}),
    (lambda seen: promoted(seen, "dc2"), {"one-primary"}),
    (with_streams, {"streaming"}),
    (lambda seen: with_streams(unheard(seen)), {"streaming"}),
    (unheard, {"timeline"}),
    (lambda seen: with_streams(seen, Stream("dc2", "catchup", "async", 10**9, 30.0)), {"streaming", "synchronous", "lag"}),
    (lambda seen: with_streams(seen, Stream("dc2", "streaming", "async", 0, 0.0)), {"synchronous"}),
    (lambda seen: replace(seen, settings={"synchronous_mode": True}), {"synchronous-strict"}),
    (paused, {"not-paused"}),
    (behind, {"timeline"}),
    (moved, {"no-open-move"}),
]


@pytest.mark.parametrize(("break_it", "expected"), CASES)
def test_what_is_broken_is_named(where: Topology, healthy: Observed, break_it: Callable[[Observed], Observed], expected: set[str]) -> None:
    assert failed(where, break_it(healthy)) == expected


def test_the_remote_centre_is_no_target(where: Topology, healthy: Observed) -> None:
    assert "target" in failed(where, healthy, target="dc3")


def test_a_silent_centre_is_unreachable_and_the_rest_is_refused(where: Topology, healthy: Observed) -> None:
    with pytest.raises(Unreachable, match="not ready"):
        refuse_unless_ready(switchover_checks(where, dead(healthy, "dc1"), "dc1", "dc2"), "g1")
    with pytest.raises(PolicyRefused, match="not ready"):
        refuse_unless_ready(switchover_checks(where, with_streams(healthy), "dc1", "dc2"), "g1")


def test_a_drill_would_end_the_way_back_of_a_move(where: Topology, healthy: Observed) -> None:
    with pytest.raises(PolicyRefused) as refused:
        refuse_unless_ready(switchover_checks(where, moved(healthy), "dc1", "dc2"), "g1")
    assert refused.value.why == "a switchover would break the way back of archive, e-licence"
    assert "citynode migrate status" in refused.value.hint


def test_status_says_what_would_happen(where: Topology, healthy: Observed) -> None:
    assert "dc2 takes over" in group_status(where, healthy, None).if_failed_now
    remote_only = with_streams(healthy, Stream("dc3", "streaming", "sync", 0, 0.0))
    status = group_status(where, remote_only, None)
    assert not status.ready
    assert "dc3 only" in status.if_failed_now
    assert "nobody accepts writes" in group_status(where, dead(healthy, "dc1"), None).if_failed_now


def test_status_of_a_dark_centre_leaves_out_what_is_not_known(where: Topology, healthy: Observed) -> None:
    assert group_status(where, dead(healthy, "dc1"), None).problems == ("no answer", "primary: none")
    silent = group_status(where, unheard(with_streams(healthy, Stream("dc3", "streaming", "async", 0, 0.0))), None)
    assert silent.problems == ("dc2 does not stream from the primary",)
    assert silent.members[1].timeline is None


def drilled(rto: float | None, *findings: Finding) -> dict[str, Any]:
    """The result of a drill of g1 as it is kept."""
    ends = {"kind": "switchover", "began": "2026-11-20T01:00:00+00:00", "from": "dc1", "to": "dc2"}
    systems = [{"name": "portal", "rto_seconds": rto}]
    return {"drill": "g1-x", **ends, "passed": not findings, "findings": list(findings), "systems": systems}


FAILED, AGAIN = "the last drill, g1-x, did not pass: ", "; mend that, then: citynode dr drill run switchover --group g1"
DRILLS: list[tuple[dict[str, Any] | None, str]] = [
    (None, ""),
    (drilled(12.5), ""),
    (
        drilled(90.0, finding("rto", system="portal", seconds=90.0, promised=60.0)),
        FAILED + "portal: out for 90.0 s, promised were 60 s" + AGAIN,
    ),
    (
        drilled(None, finding("no-return", system="portal"), finding("lost", system="portal", count=7)),
        FAILED + "portal: no write succeeded after the switchover; portal: 7 acknowledged writes are lost" + AGAIN,
    ),
    (drilled(3.0, finding("left", what="role x")), FAILED + "left behind: role x" + AGAIN),
    (drilled(90.0), "the last drill took 90 s, promised are 60 s"),
]
"""Kept results of the last drill, and the problem that each leaves; the last one passed by a promise that was weaker then."""


@pytest.mark.parametrize(("last", "problem"), DRILLS)
def test_a_group_is_ready_again_when_a_drill_passed(where: Topology, healthy: Observed, last: dict[str, Any] | None, problem: str) -> None:
    status = group_status(where, healthy, last)
    assert (status.ready, status.problems) == (not problem, (problem,) if problem else ())


def test_a_drill_that_failed_is_told_beside_what_is_wrong_now(where: Topology, healthy: Observed) -> None:
    last = drilled(None, finding("no-return", system="portal"))
    problems = group_status(where, dead(healthy, "dc2"), last, lang="zh").problems
    assert "portal：切换后没有一次写入成功" in problems[-1]
    assert len(problems) > 1
