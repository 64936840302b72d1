"""What a zone may use, changed: amounts as people write them -> a sound edit of the system's data. Freezing is the same walk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from city.draft import Draft
from city.edit import Values, change_system, judge_change
from city.load import Examined
from city.model import City, System
from ops.suggest import unknown
from stacks.declare import quantity


@dataclass(frozen=True, slots=True)
class Resized:
    """The draft, and the system before and after it in the city that it makes."""

    draft: Draft
    before: System
    after: System
    city: City


def values_of(amounts: Mapping[str, str]) -> dict[str, int]:
    """The fields of a quota that were given, in the city's units; each by its own name below `quota`."""
    return {f"quota.{resource}": quantity.whole(resource, text) for resource, text in amounts.items() if text}


def plan_change(city: City, examined: Examined, name: str, values: Values) -> Resized:
    """The edit that makes these fields of the system as given; the whole city is sound with it and within its pools."""
    if name not in city.system_by_name:
        raise unknown("system", name, city.system_by_name)
    draft = change_system(examined, name, values)
    after = judge_change(city, draft, name, values)
    return Resized(draft, city.system_by_name[name], after.system_by_name[name], after)
