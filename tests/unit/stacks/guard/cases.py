"""The objects that the rules are tested on, good and bad: by Python, by CEL, and by a real API server."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from ops import yaml
from stacks.guard.rule import CREATE

FOLDER = Path(__file__).parents[3] / "cases" / "guard"


@dataclass(frozen=True)
class GuardCase:
    """One object before the rules; `says` is what it is refused with, empty for a good one."""

    path: Path
    body: dict[str, Any]
    says: str
    operation: str = CREATE
    centre: str = "dc1"
    space: dict[str, str] = field(default_factory=dict)
    """Labels that its namespace has beside those that the zone has."""

    @property
    def rule(self) -> str:
        return self.path.parents[1].name

    @property
    def title(self) -> str:
        return str(self.path.relative_to(FOLDER).with_suffix(""))


def read_case(path: Path) -> GuardCase:
    """The case in this file, with the words beside it."""
    data = yaml.load(path.read_text(encoding="utf-8"))
    words = path.with_suffix(".txt")
    return GuardCase(path, data.pop("object"), words.read_text(encoding="utf-8").strip() if words.exists() else "", **data)


@cache
def every_case() -> tuple[GuardCase, ...]:
    """All cases, good and bad."""
    cases = tuple(read_case(path) for path in sorted(FOLDER.glob("*/*/*.yaml")))
    assert [case.path for case in cases if (case.path.parent.name == "bad") != bool(case.says)] == []
    return cases
