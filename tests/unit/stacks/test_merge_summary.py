"""The summary that a merge request is judged by, as it is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.stack_views import merge_summary
from ops.errors import Unreachable
from stacks.apply import plan_hash
from stacks.engine.change import Action, CentreRun, Change
from stacks.engine.properties import PropertyChange

CASES = Path(__file__).parents[2] / "cases" / "stacks" / "summary"
RUNS = (
    CentreRun(
        "dc1",
        (
            Change(
                Action.UPDATE,
                "ResourceQuota",
                "zone",
                "archive",
                (PropertyChange(("spec", "hard", "pods"), "6", "9"), PropertyChange(("spec", "hard", "requests.storage"), None, "20Gi")),
            ),
            Change(Action.CREATE, "Namespace", "permits"),
            Change(Action.CREATE, "ResourceQuota", "zone", "permits"),
        ),
        43,
        1.0,
    ),
    CentreRun(
        "dc2",
        (Change(Action.REPLACE, "PriorityClass", "citynode-tier-data", "", (PropertyChange(("value",), 200_000, 250_000),)),),
        40,
        1.0,
    ),
    CentreRun("dc3", (), 0, 1.0, error=Unreachable("the API server https://10.1.1.1:6443 can't be reached", why="timed\nout")),
)


def test_a_plan_is_summed_up_zone_by_zone() -> None:
    plan = plan_hash(RUNS)
    assert merge_summary("tiny", RUNS, plan, waits=True) == (CASES / "request.md").read_text(encoding="utf-8").replace(
        "__PLAN__", plan[:12]
    )


def test_who_can_t_approve_it_isn_t_told_to() -> None:
    plan = plan_hash(RUNS)
    page = merge_summary("tiny", RUNS, plan)
    assert f"\n\nPlan `{plan[:12]}`\n\n" in page
    assert "approve" not in page


def test_nothing_to_do_asks_for_nothing() -> None:
    page = merge_summary("tiny", [CentreRun("dc1", (), 40, 1.0)], "0" * 64)
    assert page.startswith("### No changes to tiny\n\n| centre |")
    assert "approve" not in page


@pytest.mark.parametrize("value", ["a\nb", "a ```\n</details> b"])
def test_a_value_can_t_break_out_of_its_block(value: str) -> None:
    run = CentreRun("dc1", (Change(Action.UPDATE, "ConfigMap", "x", "y", (PropertyChange(("data", "k"), "old", value),)),), 1, 1.0)
    page = merge_summary("tiny", [run], "0" * 64)
    assert page.count("```") == 2
    assert "\n</details> b" not in page
