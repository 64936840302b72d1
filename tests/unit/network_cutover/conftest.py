"""Cutovers of the shipped cities, and copies of the tiny city that were edited for a case."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from city.load import find_city, load_city
from city.model import City
from network.cutover.plan import Cutover, plan_cutover

CASES = Path(__file__).parents[2] / "cases" / "cutover"


def expect(file: Path, text: str) -> None:
    """The text is what the file says; CITYNODE_RENEW=1 writes the file anew, to be reviewed like code."""
    if os.environ.get("CITYNODE_RENEW"):
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cities are cached by content; a test must not profit from another's."""
    monkeypatch.setenv("CITYNODE_CACHE", str(tmp_path / "cache"))


@pytest.fixture(scope="session")
def tiny() -> City:
    return load_city("tiny")


@pytest.fixture(scope="session")
def shanwei() -> City:
    return load_city("shanwei")


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
        for edit in YAML(typ="safe").load(case.read_text(encoding="utf-8")):
            assert edit["old"] in text, edit["old"]
            text = text.replace(edit["old"], edit["new"])
        path.write_text(text, encoding="utf-8")
        return load_city(str(folder))

    return make
