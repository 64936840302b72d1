"""Look before you leap, on running routers: a change that breaks the plan is refused, a reason lets it pass, costs move traffic."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.lab.rig import Rig
from tests.lab.routers import held, kept, vtysh_says
from tests.program import ROOT
from tests.waiting import wait_until

LINE = "core2-haifeng-agg2"
DEMANDS = {"demands": [{"from": "haifeng-agg1", "to": "dc1", "mbit": 900}, {"from": "dc1", "to": "haifeng-agg1", "mbit": 900}]}


def city_without(line: str, folder: Path) -> Path:
    """The tiny city as somebody edits it who takes a line for unused."""
    made = shutil.copytree(ROOT / "cities" / "tiny", folder / "tiny")
    links = made / "links.yaml"
    kept_lines = [row for row in links.read_text(encoding="utf-8").splitlines() if f"name: {line}," not in row]
    links.write_text("\n".join(kept_lines) + "\n", encoding="utf-8")
    return made


def await_neighbours(lab: Rig, wanted: dict[str, int]) -> None:
    """Return when these routers have so many IPv4 neighbours: on a busy machine hellos come late."""
    wait_until(lambda: neighbours(lab, wanted) == wanted, seconds=30, what=str(wanted), pause=1)


def neighbours(lab: Rig, routers: Iterable[str]) -> dict[str, int]:
    return {one["device"]: one["neighbours_v4"] for one in lab.ok("net", "facts", "--devices", ",".join(routers))["devices"]}


@pytest.mark.timeout(600)
def test_a_line_taken_out_of_the_data_is_refused_until_somebody_says_why(lab: Rig, tmp_path: Path) -> None:
    with kept(lab):
        lab.ok("net", "push", "--yes")
        edited = ("--city", str(city_without(LINE, tmp_path)))
        before = held(lab)
        seen = lab.run("net", "simulate", *edited, "-o", "json")
        assert (seen.code, seen.data["ok"], seen.data["changed"]) == (5, False, ["core2", "haifeng-agg2"])
        assert seen.data["broken"][0]["before"] == "reached without core1-haifeng-agg1"
        refused = lab.run("net", "push", *edited, "--yes")
        assert refused.code == 5
        assert "error: this change would break " in refused.err, refused.err
        assert "haifeng-agg1 -> dc1 over IPv4 (survive: reached without core1-haifeng-agg1 before, no way after)" in refused.err
        assert held(lab) == before
        done = lab.ok("net", "push", *edited, "--yes", "--override", "the duct is being moved")
        assert done["changed"] == 2
        entry = [one for one in lab.ok("audit", "show") if one["action"] == "net-push.override"][-1]
        assert (entry["outcome"], entry["facts"]["reason"]) == ("overridden", "the duct is being moved")
        await_neighbours(lab, {"core2": 8, "haifeng-agg2": 3})
        assert lab.ok("net", "push", "--yes")["changed"] == 2
        assert lab.ok("audit", "verify")["ok"]


@pytest.mark.timeout(600)
def test_costs_that_relieve_a_full_line_are_planned_pushed_declared_and_taken_back(lab: Rig, tmp_path: Path) -> None:
    measured = tmp_path / "traffic.json"
    measured.write_text(json.dumps(DEMANDS))
    traffic = ("--traffic", str(measured))
    with kept(lab):
        lab.ok("net", "push", "--yes")
        plan = lab.ok("net", "traffic", "plan", *traffic)
        assert (plan["busiest_before"], plan["busiest_after"]) == (0.9, 0.45)
        done = lab.ok("net", "traffic", "apply", *traffic, "--yes")
        assert (done["changed"], done["failed"]) == (len(plan["routers"]), [])
        assert lab.ok("net", "diff")["pending"] == 0
        wait_until(lambda: _ways(lab, "haifeng-agg1", "10.16.1.0/24") == {2}, seconds=20)
        assert lab.ok("net", "rollback", "--change", done["change"], "--yes")["changed"] == len(plan["routers"])
        assert lab.ok("net", "diff")["pending"] == 0


def _ways(lab: Rig, node: str, prefix: str) -> set[int]:
    """How many next hops the router has to the prefix, by its own word."""
    found = json.loads(vtysh_says(lab, node, f"show ip route {prefix} json") or "{}")
    return {len(route["nexthops"]) for route in found.get(prefix, [])}
