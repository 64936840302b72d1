"""A change on trial: files and what else was noted are as before, unless it is kept in time."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.unit.playbooks.loading import load
from tests.waiting import wait_until

FOREVER = 3600


@pytest.fixture(scope="module")
def trial() -> ModuleType:
    return load("trial")


@pytest.fixture
def place(trial: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Two files, of which one isn't there yet, and the trials of a host; nobody waits longer than the test."""
    monkeypatch.setattr(trial, "_WAIT", 'test "$1" -gt 60 || { sleep "$1"; exec sh "$0"; }')
    (tmp_path / "old file").write_text("as it was")
    (tmp_path / "old file").chmod(0o640)
    return trial.Trials(tmp_path / "trials")


def _change(tmp_path: Path) -> list[str]:
    (tmp_path / "old file").write_text("changed")
    (tmp_path / "new").write_text("changed")
    return [path.read_text() for path in sorted(tmp_path.glob("*")) if path.is_file()]


def _arm(place: Any, tmp_path: Path, seconds: int) -> str:
    paths = [tmp_path / "old file", tmp_path / "new"]
    return str(place.arm(seconds, paths, [f"echo undone > '{tmp_path}/said'"], {"late": []}))


def test_what_nobody_keeps_takes_itself_back(place: Any, tmp_path: Path) -> None:
    armed = _arm(place, tmp_path, 0)
    wait_until((tmp_path / "said").exists, seconds=20, pause=0.02)
    assert place.was_undone(armed)
    assert place.keep(armed) is None


def test_taken_back_means_files_as_they_were_mode_included(place: Any, tmp_path: Path) -> None:
    armed = _arm(place, tmp_path, FOREVER)
    assert place.open == armed
    _change(tmp_path)
    place.take_back(armed)
    assert ((tmp_path / "old file").read_text(), (tmp_path / "old file").stat().st_mode & 0o777) == ("as it was", 0o640)
    assert not (tmp_path / "new").exists()
    assert (tmp_path / "said").read_text() == "undone\n"
    assert (place.open, place.keep(armed)) == ("", None)


def test_what_was_kept_is_taken_back_by_nobody(place: Any, tmp_path: Path) -> None:
    armed = _arm(place, tmp_path, FOREVER)
    changed = _change(tmp_path)
    assert place.keep(armed) == {"late": []}
    place.take_back(armed)
    assert _change(tmp_path) == changed
    assert not (tmp_path / "said").exists()
    assert not place.was_undone(armed)
