"""Cities for the tests of `city`: the shipped ones, and small ones that were made wrong on purpose."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from city.load import find_city
from ops import yaml

CASES = Path(__file__).parents[2] / "cases" / "city"


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cities are cached by content; a test must not profit from another's."""
    monkeypatch.setenv("CITYNODE_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def edited(tmp_path: Path) -> Callable[[Path], Path]:
    """Makes a copy of cities/tiny with the edits of a case."""

    def make(case: Path) -> Path:
        folder = tmp_path / "tiny"
        folder.mkdir()
        for file in find_city("tiny").glob("*.yaml"):
            (folder / file.name).write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
        for edit in yaml.load((case / "edit.yaml").read_text(encoding="utf-8")):
            file = folder / edit["file"]
            text = file.read_text(encoding="utf-8")
            assert edit["old"] == "*" or text.count(edit["old"]) == 1, f"{edit['old']!r} must stand once in {edit['file']}"
            file.write_text(edit["new"] if edit["old"] == "*" else text.replace(edit["old"], edit["new"]), encoding="utf-8")
        return folder

    return make


@pytest.fixture
def tiny_folder(tmp_path: Path) -> Path:
    """A copy of cities/tiny that may be written to."""
    folder = tmp_path / "tiny"
    shutil.copytree(find_city("tiny"), folder)
    return folder
