"""`citynode dr` as people meet it, on databases that answer from memory."""

from __future__ import annotations

import inspect
import json
from dataclasses import replace
from typing import Any, cast

import pytest

from city.model import City
from cli.dr import drill
from dr.drill import _work as drill_work
from dr.observe import Observed
from dr.plan import plan_switchover
from dr.scene import Scene
from dr.topology import Topology
from dr.workspace import workspace_name
from ops.lease import Leases
from ops.reach import load_access
from ops.record import Attempt, Record
from tests.unit.dr.conftest import Console, led_by

DRY_RUNS = {"run": ("dr", "drill", "run", "switchover", "--dry-run"), "failback": ("dr", "drill", "failback", "--dry-run")}


def test_every_dry_run_is_known_here() -> None:
    found = {each.name for each in drill.registered_commands if each.callback and "dry_run" in inspect.signature(each.callback).parameters}
    assert found == set(DRY_RUNS)


@pytest.mark.parametrize("form", ["json", "yaml", "table", "markdown"])
@pytest.mark.parametrize("words", DRY_RUNS.values(), ids=DRY_RUNS)
def test_a_dry_run_shows_its_plan_in_every_form(
    console: Console, healthy: Observed, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], form: str
) -> None:
    console.seen = led_by(healthy, "dc2", "dc1")
    assert console.run(*words, "-o", form) == 0, capsys.readouterr().err
    out = capsys.readouterr().out
    if form == "json":
        shown = json.loads(out)
        assert (shown["ready"], shown["plan"]["target"]) == (True, "dc1")
        assert set(shown["checks"][0]) == {"name", "ok", "detail", "hint", "must", "seen"}


def test_a_drill_is_given_up_by_what_also_removes_its_remains(console: Console, where: Topology, tiny: City) -> None:
    access = load_access(console.folder.parent / "access.yaml")
    plan = plan_switchover(where, source="dc1", target="dc2", vantage="province")
    scene = Scene("g1-x", plan, where, tiny, access, console.folder, "")
    assert drill_work(cast("Any", None), scene, {}).give_up == "citynode dr drill abort --group g1"


CUT_OFF = Attempt(
    "chg-1",
    1,
    "t",
    "dr.drill",
    "group:g1",
    {"drill": "g1-x", "source": "dc2", "target": "dc1", "vantage": "province"},
    "li",
    (),
    "2026-11-26",
)
CUT_OFF_SAYS = "unfinished: drill dc2 -> dc1 (chg-1); the same command goes on with it, citynode dr drill abort --group g1 gives it up"


@pytest.fixture
def cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """A drill was killed while it switched back."""
    monkeypatch.setattr(Record, "runs", lambda _self, **_which: (CUT_OFF,))


def shown(console: Console, capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    assert console.run(*words, "-o", "json") == 0, capsys.readouterr().err
    return dict(json.loads(capsys.readouterr().out))


@pytest.mark.usefixtures("cut_off")
def test_a_drill_that_was_cut_off_is_told(console: Console, capsys: pytest.CaptureFixture[str]) -> None:
    console.left = (f"role {workspace_name('g1', 'g1-x')}",)  # its own: no leftovers of an ended one
    (group,) = shown(console, capsys, "dr", "status")["groups"]
    assert (group["ready"], group["problems"]) == (False, [CUT_OFF_SAYS])
    assert (group["unfinished_drill"]["from"], group["unfinished_drill"]["going_on"]) == ("dc2", False)
    assert shown(console, capsys, "dr", "drill", "list")["unfinished"] == [group["unfinished_drill"]]
    for words in (("dr", "status"), ("dr", "drill", "list")):
        assert console.run(*words) == 0
        assert CUT_OFF_SAYS in capsys.readouterr().out


@pytest.mark.usefixtures("cut_off")
def test_a_drill_that_goes_on_is_told(console: Console, capsys: pytest.CaptureFixture[str]) -> None:
    with Leases(console.folder, scope="t").hold("dr.drill:group:g1", owner="li"):
        (group,) = shown(console, capsys, "dr", "status")["groups"]
    assert group["problems"] == ["a drill is going on: dc2 -> dc1 (chg-1)"]
    assert group["unfinished_drill"]["going_on"]


def test_what_a_given_up_drill_left_is_told(console: Console, capsys: pytest.CaptureFixture[str]) -> None:
    console.left = ("database citynode_drill_0_0", "session citynode_drill_0_0 pid 7")
    (group,) = shown(console, capsys, "dr", "status")["groups"]
    left = "left of an earlier drill: database citynode_drill_0_0, session citynode_drill_0_0 pid 7"
    assert (group["ready"], group["problems"]) == (False, [f"{left} (citynode dr drill abort --group g1)"])


def test_a_group_without_either_is_ready(console: Console, capsys: pytest.CaptureFixture[str]) -> None:
    (group,) = shown(console, capsys, "dr", "status")["groups"]
    assert (group["ready"], group["problems"], group["unfinished_drill"]) == (True, [], None)
    assert shown(console, capsys, "dr", "drill", "list") == {"drills": [], "unfinished": []}


@pytest.mark.parametrize("form", ["json", "table"])
def test_a_dry_run_that_would_be_refused_shows_its_plan_and_ends_as_the_run_would(
    console: Console, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    console.seen = replace(console.seen, settings={})
    assert console.run(*DRY_RUNS["run"], "-o", form) == 5
    said = capsys.readouterr()
    assert "settle" in said.out
    assert "error: group g1 is not ready to switch\nwhy: strict synchronous mode is off\n" in said.err


def test_a_dry_run_of_a_drill_that_was_cut_off_shows_that_one(
    console: Console, healthy: Observed, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was killed after the switchover: the group stands at the target, and the same command would go on."""
    past = replace(CUT_OFF, done={"precheck": {"checks": []}})
    monkeypatch.setattr(Record, "runs", lambda _self, **_which: (past,))
    console.seen = healthy
    found = shown(console, capsys, *DRY_RUNS["failback"])
    assert (found["plan"]["source"], found["plan"]["target"], found["checks"], found["ready"]) == ("dc2", "dc1", [], True)


@pytest.mark.parametrize("words", [("--dry-run",), ()])
def test_a_failback_of_a_group_at_its_first_centre_has_nothing_to_do(
    console: Console, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    assert shown(console, capsys, "dr", "drill", "failback", *words) == {"group": "g1", "primary": "dc1", "changed": False}
    assert console.run("dr", "drill", "failback", *words) == 0
    assert "nothing to do: group g1 is at its first centre\n" in capsys.readouterr().out
