"""The shipped cities, a box that stands in a temporary folder, and texts that are compared with files beside the tests.

`make goldens` writes those files anew.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from city.load import find_city
from city.model import City
from lab.box import Box
from lab.fault import Fault
from lab.record import Facts, Record
from lab.spec import LabSpec, load_spec
from tests.goldens import agrees

GOLDENS = Path(__file__).parent / "goldens"


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
        agrees(path, text)

    return compare
