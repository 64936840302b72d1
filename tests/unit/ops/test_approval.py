"""Approval: nobody approves their own plan, and a plan that changed needs a new approval."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ops.approval import ACCEPTED, REQUESTED, accept, pending, require
from ops.audit import Trail
from ops.control import Control
from ops.errors import PolicyRefused, UsageProblem
from ops.lease import Leases
from ops.plan import digest
from ops.progress import Silent

PLAN = digest({"routers": ["core1"]})


def control(state: Path, *, production: bool = True, author: str = "operator", city: str = "tiny") -> Control:
    return Control(state, Trail(state, scope=city), Leases(state), Silent(), author, production, city)


def test_the_lab_asks_nobody(tmp_path: Path) -> None:
    require(control(tmp_path, production=False), PLAN, "net.push core1")
    assert pending(Trail(tmp_path)) == ()


def test_production_waits_until_somebody_else_approves(tmp_path: Path) -> None:
    mine = control(tmp_path)
    for _again in range(2):
        with pytest.raises(PolicyRefused) as refused:
            require(mine, PLAN, "net.push core1")
        assert f"citynode approve accept {PLAN[:12]}" in refused.value.hint
    (request,) = pending(mine.trail)
    assert (request.city, request.subject, request.author, request.approved_by) == ("tiny", "net.push core1", "operator", "")
    with pytest.raises(PolicyRefused, match="own plan"):
        accept(mine.trail, PLAN[:12], "operator")
    assert accept(mine.trail, PLAN[:12], "owner").approved_by == "owner"
    require(mine, PLAN, "net.push core1")
    with pytest.raises(PolicyRefused):
        require(mine, digest({"routers": ["core2"]}), "net.push core2")


@pytest.mark.parametrize("beginning", ["", PLAN[:7], "0123456789ab"])
def test_an_unclear_hash_approves_nothing(tmp_path: Path, beginning: str) -> None:
    mine = control(tmp_path)
    with pytest.raises(PolicyRefused):
        require(mine, PLAN, "s")
    with pytest.raises(UsageProblem):
        accept(mine.trail, beginning, "owner")


@pytest.mark.parametrize(("outcome", "is_spent"), [("done", True), ("failed", True), ("begun", False), ("interrupted", False)])
def test_an_approval_is_used_up_by_its_run_but_not_by_a_crash(tmp_path: Path, outcome: str, is_spent: bool) -> None:
    mine = control(tmp_path)
    mine.trail.append(who="operator", action=REQUESTED, subject="s", outcome="waiting", plan_hash=PLAN)
    accept(mine.trail, PLAN, "owner")
    mine.trail.append(who="operator", action="net.push", subject="s", outcome=outcome, plan_hash=PLAN)
    if is_spent:
        with pytest.raises(PolicyRefused):
            require(mine, PLAN, "s")
    else:
        require(mine, PLAN, "s")


def test_an_old_approval_is_stale(tmp_path: Path) -> None:
    long_ago = Trail(tmp_path, scope="tiny", now=lambda: datetime.now(UTC) - timedelta(days=8))
    long_ago.append(who="operator", action=REQUESTED, subject="s", outcome="waiting", plan_hash=PLAN)
    long_ago.append(who="owner", action=ACCEPTED, subject="s", outcome="done", plan_hash=PLAN)
    with pytest.raises(PolicyRefused):
        require(control(tmp_path), PLAN, "s")


def test_a_forged_approval_counts_for_nothing(tmp_path: Path) -> None:
    mine = control(tmp_path)
    with pytest.raises(PolicyRefused):
        require(mine, PLAN, "s")
    mine.trail.path.write_text(mine.trail.path.read_text().replace(REQUESTED, ACCEPTED).replace("operator", "owner"))
    with pytest.raises(PolicyRefused, match="tampered"):
        require(mine, PLAN, "s")


def test_an_approval_is_for_one_city(tmp_path: Path) -> None:
    """Two cities in one state folder, and the same plan in both."""
    tiny, shanwei = control(tmp_path), control(tmp_path, city="shanwei")
    with pytest.raises(PolicyRefused):
        require(tiny, PLAN, "stack-destroy dc1")
    assert accept(Trail(tmp_path), PLAN[:12], "owner").city == "tiny"
    require(tiny, PLAN, "stack-destroy dc1")
    with pytest.raises(PolicyRefused):
        require(shanwei, PLAN, "stack-destroy dc1")
    assert [(request.city, request.approved_by) for request in pending(Trail(tmp_path))] == [("tiny", "owner"), ("shanwei", "")]


def test_the_same_plan_in_two_cities_is_approved_for_the_one_that_is_named(tmp_path: Path) -> None:
    places = control(tmp_path), control(tmp_path, city="shanwei")
    for place in places:
        with pytest.raises(PolicyRefused):
            require(place, PLAN, "stack-destroy dc1")
    with pytest.raises(UsageProblem) as unclear:
        accept(Trail(tmp_path), PLAN[:12], "owner")
    assert unclear.value.hint == "say whose is meant with --city: tiny, shanwei"
    accept(Trail(tmp_path), PLAN[:12], "owner", "shanwei")
    require(places[1], PLAN, "stack-destroy dc1")
    with pytest.raises(PolicyRefused):
        require(places[0], PLAN, "stack-destroy dc1")


def test_a_run_in_another_city_uses_nothing_up(tmp_path: Path) -> None:
    mine = control(tmp_path)
    mine.trail.append(who="operator", action=REQUESTED, subject="s", outcome="waiting", plan_hash=PLAN)
    accept(mine.trail, PLAN, "owner")
    control(tmp_path, city="shanwei").trail.append(who="operator", action="net.push", subject="s", outcome="done", plan_hash=PLAN)
    require(mine, PLAN, "s")
    assert pending(mine.trail)
