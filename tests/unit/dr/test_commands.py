"""`citynode dr` as people meet it, on databases that answer from memory."""

from __future__ import annotations

import inspect
import json
from typing import Any, cast

import pytest

from city.model import City
from cli.dr import drill
from dr.drill import _work as drill_work
from dr.observe import Observed
from dr.plan import plan_switchover
from dr.scene import Scene
from dr.topology import Topology
from ops.reach import load_access
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
