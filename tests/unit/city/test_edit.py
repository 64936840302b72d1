"""Edits of a city's files: what exactly changes in the text, and what is refused, word for word.

`make goldens` writes the expected texts anew.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from city.draft import Draft
from city.edit import add_system, change_system, judge_change
from city.load import SHIPPED, examine, load_city
from ops import yaml
from ops.errors import CitynodeError, UsageProblem
from tests.goldens import agrees

CASES = Path(__file__).parents[2] / "cases" / "city" / "edits"
SYSTEM = {
    "name": "hotline", "title": {"zh": "市民热线", "en": "hotline"}, "kind": "service", "department": "archives", "mlps": 2,
    "tier": "none", "plane": "common", "data_gb": 0, "write_mbit": 0, "bandwidth_mbit": 1, "runs_at": "dc1", "state": "construction",
    "quota": {"cpu_millis": 500, "memory_mib": 512, "storage_gib": 10, "pods": 6}, "review_after": "2027-06-30", "wave": 2021,
}  # fmt: skip


def outcome(folder: Path, change: dict[str, object]) -> str:
    """The diff, or the error that stands in its place."""
    name, values = str(change["system"]), change["values"]
    assert isinstance(values, dict)
    examined = examine(str(folder))
    assert examined.city is not None
    draft = change_system(examined, name, values)
    try:
        judge_change(examined.city, draft, name, values)
    except CitynodeError as refused:
        return f"exit {refused.exit_code}: {refused}\n{refused.hint}\n".replace(str(folder), "FOLDER")
    return draft.diff() or "nothing\n"


@pytest.mark.parametrize("case", sorted(folder.name for folder in CASES.iterdir()))
def test_an_edit_changes_exactly_this(case: str, edited: Callable[[Path], Path]) -> None:
    change = yaml.load((CASES / case / "change.yaml").read_text(encoding="utf-8"))
    found, file = outcome(edited(CASES / case), change), CASES / case / "expected.txt"
    agrees(file, found)


def test_a_line_of_the_plans_city_stays_as_it_is_written() -> None:
    """Whole systems in a few lines each: only the words that change are touched."""
    examined = examine("shanwei")
    draft = change_system(examined, "budget", {"quota.pods": 9, "frozen": True})
    old, new = (draft.before or "").splitlines(), draft.after.splitlines()
    (named, frozen), (granted, raised) = [(one, other) for one, other in zip(old, new, strict=True) if one != other]
    assert frozen == named.replace("name: budget,", "name: budget, frozen: true,")
    assert raised == granted.replace("pods: 8}", "pods: 9}")


def test_a_system_of_its_own_file_is_read_written_and_edited(tiny_folder: Path) -> None:
    draft = add_system(tiny_folder, SYSTEM, note="by hand")
    assert draft.judged().system_by_name["hotline"].quota.pods == 6
    assert not draft.file.exists()
    draft.write()
    assert load_city(str(tiny_folder)).system_by_name["hotline"].department == "archives"
    assert draft.file.read_text(encoding="utf-8").startswith("# by hand\nname: hotline\ntitle: {zh: 市民热线, en: hotline}\n")
    examined = examine(str(tiny_folder))
    assert examined.city is not None
    thicker = change_system(examined, "hotline", {"quota.pods": 7})
    judge_change(examined.city, thicker, "hotline", {"quota.pods": 7})
    thicker.write()
    assert load_city(str(tiny_folder)).system_by_name["hotline"].quota.pods == 7
    assert list(tiny_folder.glob("systems/.*")) == []


def test_a_file_of_another_system_s_name_is_told(tiny_folder: Path) -> None:
    draft = add_system(tiny_folder, SYSTEM, note="by hand")
    wrong = Draft(draft.folder, draft.file.with_name("hotlin.yaml"), None, draft.after)
    with pytest.raises(UsageProblem) as refused:
        wrong.judged()
    assert "tiny/systems/hotlin.yaml:1: holds the system 'hotline'; a file in systems has its system's name" in refused.value.why


def test_a_second_system_of_one_name_is_told_where(tiny_folder: Path) -> None:
    draft = add_system(tiny_folder, {**SYSTEM, "name": "archive"}, note="by hand")
    with pytest.raises(UsageProblem) as refused:
        draft.judged()
    assert "tiny/systems/archive.yaml:2: systems.archive.name: the name 'archive' is taken by item 1 of systems" in refused.value.why


def test_what_somebody_changed_meanwhile_is_not_written_over(tiny_folder: Path) -> None:
    examined = examine(str(tiny_folder))
    draft = change_system(examined, "archive", {"quota.pods": 7})
    draft.file.write_text(draft.file.read_text(encoding="utf-8") + "# mine\n", encoding="utf-8")
    with pytest.raises(UsageProblem, match=r"tiny/systems\.yaml was changed meanwhile"):
        draft.write()
    assert draft.file.read_text(encoding="utf-8").endswith("# mine\n")


def test_a_city_that_comes_with_citynode_is_not_edited() -> None:
    draft = add_system(SHIPPED / "tiny", SYSTEM, note="by hand")
    with pytest.raises(UsageProblem, match="'tiny' comes with citynode and isn't edited") as refused:
        draft.write()
    assert "citynode city new my-city" in refused.value.hint
    assert not draft.file.exists()
