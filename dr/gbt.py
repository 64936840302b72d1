"""Which level of GB/T 20988 the measured figures lie in, from a data file that names its edition.

It speaks of the two figures only. A level also asks for people, sites, plans and drills over years, which no single drill
shows, so it never says that a level was reached. Levels whose thresholds aren't verified are not in the file.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from ops import yaml


@dataclass(frozen=True, slots=True)
class Reading:
    """The highest verified level whose figures the measured ones fit; None if none does."""

    edition: str
    superseded_by: str
    level: int | None


def read_level(rto_seconds: float, rpo_seconds: float) -> Reading:
    """Where the measured figures lie."""
    data = yaml.load((files("dr") / "gbt20988.yaml").read_text(encoding="utf-8"))
    fitting = [each["level"] for each in data["levels"] if _within(each["rto"], rto_seconds) and _within(each["rpo"], rpo_seconds)]
    return Reading(data["edition"], data["superseded_by"]["edition"], max(fitting, default=None))


def _within(limits: dict[str, Any], seconds: float) -> bool:
    """Only the upper end binds: being better than a level's range still keeps its figures."""
    return bool(seconds <= limits.get("max_seconds", float("inf")))
