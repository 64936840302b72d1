"""The objects that the rules are tested on, good and bad: by Python, by CEL, and by a real API server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

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


def every_case() -> Iterator[Any]:
    """Each case as a parameter of a test."""
    for path in sorted(FOLDER.glob("*/*/*.yaml")):
        case = read_case(path)
        assert (path.parent.name == "bad") == bool(case.says), path
        yield pytest.param(case, id=case.title)
