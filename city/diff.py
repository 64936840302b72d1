"""Two cities compared: what was added, removed and changed, item by item and field by field. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from city.model import City
from ops.language import N_, WORD

LISTS = ("places", "organisations", "planes", "sites", "routers", "links", "systems", "groups", "private_networks", "enclaves", "edges")
SINGLES = ("title", "production", "totals", "address_plan", "contacts", "windows", "storage", "extranet", "registries")
BY = {"pools": ("department",), "exemptions": ("system", "rule"), "ipv6_exemptions": ("kind", "name")}
"""Lists whose items have no name, and what tells one from another."""


class Change(StrEnum):
    ADDED = N_("added", WORD)
    REMOVED = N_("removed", WORD)
    CHANGED = N_("changed", WORD)


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not the same; `field` is empty where a whole item came or went."""

    kind: str
    name: str
    change: Change
    field: str = ""
    before: Any = None
    after: Any = None

    def as_data(self) -> dict[str, Any]:
        data = {"kind": self.kind, "name": self.name, "change": self.change.value}
        return data if self.change is not Change.CHANGED else {**data, "field": self.field, "before": self.before, "after": self.after}


def compare(before: City, after: City) -> list[Difference]:
    """What turns the one city into the other; empty if nothing does. The cities' names don't count."""
    old, new = before.model_dump(mode="json"), after.model_dump(mode="json")
    found = [difference for key in (*LISTS, *BY) for difference in _compare_items(key, old[key], new[key])]
    return found + _compare_fields("city", after.name, {key: old[key] for key in SINGLES}, {key: new[key] for key in SINGLES})


def _compare_items(kind: str, old: list[dict[str, Any]], new: list[dict[str, Any]]) -> list[Difference]:
    by = BY.get(kind, ("name",))
    was, now = ({" ".join(item[key] for key in by): item for item in items} for items in (old, new))
    found = [Difference(kind, name, Change.REMOVED) for name in was if name not in now]
    for name, item in now.items():
        found += _compare_fields(kind, name, was[name], item) if name in was else [Difference(kind, name, Change.ADDED)]
    return found


def _compare_fields(kind: str, name: str, old: dict[str, Any], new: dict[str, Any], prefix: str = "") -> list[Difference]:
    found: list[Difference] = []
    for key in sorted({*old, *new}):
        before, after = old.get(key), new.get(key)
        if isinstance(before, dict) and isinstance(after, dict):
            found += _compare_fields(kind, name, before, after, f"{prefix}{key}.")
        elif before != after:
            found.append(Difference(kind, name, Change.CHANGED, f"{prefix}{key}", before, after))
    return found
