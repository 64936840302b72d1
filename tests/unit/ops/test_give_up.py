"""`citynode ops abandon` forgets what put nothing down; what has a way out of its own is sent there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.main import main
from ops.record import Attempt, Record, database_url
from tests.unit.ops.test_durable import operate


@pytest.fixture(autouse=True)
def _tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITYNODE_STATE", str(tmp_path))
    monkeypatch.setenv("CITYNODE_CITY", "tiny")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))


def unfinished(state: Path) -> tuple[Attempt, ...]:
    return Record(database_url(state), "tiny").runs(unfinished=True)


def cut_off(state: Path, *flags: str) -> str:
    """The change id of an operation that was killed in its second step."""
    operate(state, *flags, kill_at="b")
    (run,) = unfinished(state)
    return run.change_id


def citynode(*words: str) -> int:
    return main(["-o", "json", *words, "--lang", "en"])


def test_what_put_nothing_down_is_forgotten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change = cut_off(tmp_path)
    assert citynode("ops", "abandon", change, "--yes") == 0
    assert json.loads(capsys.readouterr().out)["state"] == "abandoned"
    assert unfinished(tmp_path) == ()


def test_the_table_shows_what_has_become_of_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change = cut_off(tmp_path)
    assert citynode("ops", "abandon", change, "--yes", "-o", "table") == 0
    out = capsys.readouterr().out
    assert ("abandoned" in out, "unfinished" in out) == (True, False), out


@pytest.mark.parametrize(
    ("flag", "give_up", "hint"),
    [
        ("own-way", "citynode demo undo {change}", "citynode demo undo {change}; or --force, if it is to stay"),
        ("onward", "", "citynode ops resume {change}"),
    ],
)
def test_what_has_a_way_of_its_own_is_sent_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], flag: str, give_up: str, hint: str
) -> None:
    change = cut_off(tmp_path, flag)
    assert citynode("ops", "abandon", change, "--yes") == 5
    assert f"try: {hint.format(change=change)}\n" in capsys.readouterr().err
    assert citynode("ops", "list") == 0
    (listed,) = json.loads(capsys.readouterr().out)["unfinished"]
    assert listed["give_up"] == give_up.format(change=change)
    assert citynode("ops", "abandon", change, "--force", "--yes") == 0
    assert unfinished(tmp_path) == ()
