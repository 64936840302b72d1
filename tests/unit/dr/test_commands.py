"""`citynode dr` as people meet it, on databases that answer from memory."""

from __future__ import annotations

import inspect
import json

import pytest

from cli.dr import drill
from dr.observe import Observed
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
