"""Requests for zones: the file that each makes, or the words in which it is refused.

`make goldens` writes the expected files anew.
"""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from city.load import find_city, load_city
from city.model import City, Quota
from city.pools import NAMES
from ops import yaml
from ops.errors import CitynodeError, UsageProblem
from stacks.declare import quantity
from stacks.zones.request import Wish, plan_request
from tests.goldens import agrees

CASES = Path(__file__).parents[2] / "cases" / "stacks" / "requests"
TODAY = date(2026, 11, 25)
QUOTA = {"cpu_millis": 500, "memory_mib": 512, "storage_gib": 10, "pods": 6}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of cities/tiny, as it would be somebody's own."""
    copy = tmp_path / "tiny"
    shutil.copytree(find_city("tiny"), copy)
    return copy


def wish(case: dict[str, Any]) -> Wish:
    quota = Quota(**case.pop("quota", QUOTA))
    return Wish(quota=quota, **{**case, "needs": tuple(case.pop("needs", ()))})


def asked(folder: Path, city: City, case: dict[str, Any]) -> str:
    """The new file and its zones, or the refusal."""
    try:
        plan = plan_request(folder, city, wish(case), today=TODAY)
    except CitynodeError as refused:
        return f"exit {refused.exit_code}: {refused}\n{refused.hint}\n".replace(str(folder), "FOLDER")
    zones = " ".join(f"{zone.centre.name}:{zone.role}:{len(objects)}" for zone, objects in plan.objects())
    return f"{plan.draft.after}# {plan.draft.name} -> {zones}\n"


@pytest.mark.parametrize("case", sorted(file.stem for file in CASES.glob("*.yaml")))
def test_a_request_becomes_exactly_this(folder: Path, tiny: City, case: str) -> None:
    found = asked(folder, tiny, yaml.load((CASES / f"{case}.yaml").read_text(encoding="utf-8")))
    file = CASES / f"{case}.txt"
    agrees(file, found)
    assert found.startswith("exit") is case.startswith("bad-")
    assert not (folder / "systems").exists()


@pytest.mark.parametrize(("today", "said"), [(date(2021, 5, 1), 0), (TODAY, 1)])
def test_a_year_past_the_plan_s_is_explained(folder: Path, tiny: City, today: date, said: int) -> None:
    plan = plan_request(folder, tiny, Wish("fresh", "archives", "新", Quota(**QUOTA)), today=today)
    assert plan.city.system_by_name["fresh"].wave == 2021
    assert [note for note in plan.notes if note.startswith("wave: 2021") and str(today.year) in note] == list(plan.notes)
    assert len(plan.notes) == said


def test_a_former_name_is_not_given_again(folder: Path, tiny: City) -> None:
    renamed = tiny.systems[0].model_copy(update={"was": ("old-archive",)})
    city = tiny.model_copy(update={"systems": (renamed, *tiny.systems[1:])})
    with pytest.raises(UsageProblem, match="'old-archive' is a former name of system 'archive'"):
        plan_request(folder, city, Wish("old-archive", "archives", "旧", Quota(**QUOTA)), today=TODAY)


def test_what_was_written_is_what_was_shown(folder: Path, tiny: City) -> None:
    plan = plan_request(folder, tiny, Wish("hotline", "archives", "市民热线", Quota(**QUOTA)), today=TODAY)
    plan.draft.write()
    assert load_city(str(folder)) == plan.city


@pytest.mark.parametrize(
    ("resource", "text", "units"),
    [("cpu_millis", "500m", 500), ("cpu_millis", "1.5", 1500), ("memory_mib", "2Gi", 2048), ("storage_gib", "1Ti", 1024), ("pods", "6", 6)],
)
def test_amounts_are_read_as_people_write_them(resource: str, text: str, units: int) -> None:
    assert quantity.whole(resource, text) == units
    assert quantity.value(quantity.shown(resource, units)) == quantity.value(text)


@pytest.mark.parametrize(
    ("resource", "text"), [("cpu_millis", "0"), ("cpu_millis", "0.0001"), ("memory_mib", "1M"), ("storage_gib", "ten"), ("pods", "-1")]
)
def test_amounts_that_are_none_are_told_with_an_example(resource: str, text: str) -> None:
    with pytest.raises(UsageProblem, match=f"'{text}' is no amount of {NAMES[resource]}:") as refused:
        quantity.whole(resource, text)
    assert refused.value.hint.startswith("write it like ")
