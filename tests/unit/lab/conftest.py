"""The shipped cities, a box that stands in a temporary folder, and texts that are compared with files beside the tests.

`CITYNODE_GOLDENS=write` writes those files anew; the difference is reviewed like code.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from city.load import find_city, load_city
from city.model import City
from lab.box import Box
from lab.fault import Fault
from lab.record import Facts, Record
from lab.spec import LabSpec, load_spec

GOLDENS = Path(__file__).parent / "goldens"


@pytest.fixture(scope="session")
def tiny() -> City:
    return load_city("tiny")


@pytest.fixture(scope="session")
def shanwei() -> City:
    return load_city("shanwei")


@pytest.fixture(scope="session")
def spec(tiny: City) -> LabSpec:
    return load_spec(find_city("tiny"), tiny)


@pytest.fixture
def box(tmp_path: Path, tiny: City, spec: LabSpec) -> Box:
    """A lab that is noted and of which nothing runs."""
    record = Record(tmp_path / "record.json", Facts(name="unit", city="tiny", slot=3, boot="none", born="20260101-000000"))
    record.write()
    return Box(folder=tmp_path, city=tiny, spec=spec, record=record)


@pytest.fixture
def faulty(box: Box) -> Callable[..., Box]:
    """The box with these faults noted."""

    def make(*faults: Fault) -> Box:
        box.record.change(faults=faults)
        return box

    return make


@pytest.fixture
def golden() -> Callable[[str, str], None]:
    """Compares a text with the file of that name."""

    def compare(name: str, text: str) -> None:
        path = GOLDENS / name
        if os.environ.get("CITYNODE_GOLDENS") == "write":
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8")

    return compare
