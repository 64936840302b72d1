"""Cutovers of the shipped cities, and copies of the tiny city that were edited for a case."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from city.load import find_city, load_city
from city.model import City
from network.cutover.plan import Cutover, plan_cutover
from ops import yaml

CASES = Path(__file__).parents[3] / "cases" / "cutover"


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cities are cached by content; a test must not profit from another's."""
    monkeypatch.setenv("CITYNODE_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def finance(tiny: City) -> Cutover:
    return plan_cutover(tiny, "finance")


@pytest.fixture
def edited(tmp_path: Path) -> Callable[[Path], City]:
    """The tiny city with a case's edits of private.yaml."""

    def make(case: Path) -> City:
        folder = tmp_path / "tiny"
        folder.mkdir()
        for file in find_city("tiny").glob("*.yaml"):
            (folder / file.name).write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
        path = folder / "private.yaml"
        text = path.read_text(encoding="utf-8")
        for edit in yaml.load(case.read_text(encoding="utf-8")):
            assert edit["old"] in text, edit["old"]
            text = text.replace(edit["old"], edit["new"])
        path.write_text(text, encoding="utf-8")
        return load_city(str(folder))

    return make
