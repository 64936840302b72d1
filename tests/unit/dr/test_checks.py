"""Each precondition, broken one at a time, stops the switchover and is named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from dr.checks import refuse_unless_ready, switchover_checks
from dr.database import Stream
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


def test_status_says_what_would_happen(where: Topology, healthy: Observed) -> None:
    assert "dc2 takes over" in group_status(where, healthy, None).if_failed_now
    remote_only = with_streams(healthy, Stream("dc3", "streaming", "sync", 0, 0.0))
    status = group_status(where, remote_only, None)
    assert not status.ready
    assert "dc3 only" in status.if_failed_now
    assert "nobody accepts writes" in group_status(where, dead(healthy, "dc1"), None).if_failed_now


def test_status_remembers_a_drill_that_took_too_long(where: Topology, healthy: Observed) -> None:
    last = {
        "drill": "g1-x",
        "kind": "switchover",
        "began": "",
        "passed": False,
        "from": "dc1",
        "to": "dc2",
        "systems": [{"rto_seconds": 90.0}],
    }
    assert any("90" in problem for problem in group_status(where, healthy, last).problems)


def test_status_of_a_dark_centre_leaves_out_what_is_not_known(where: Topology, healthy: Observed) -> None:
    assert group_status(where, dead(healthy, "dc1"), None).problems == ("no answer", "primary: none")
    silent = group_status(where, unheard(with_streams(healthy, Stream("dc3", "streaming", "async", 0, 0.0))), None)
    assert silent.problems == ("dc2 does not stream from the primary",)
    assert silent.members[1].timeline is None
