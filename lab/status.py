"""How a lab is: the health of everything that its parts brought up, what was broken on purpose, what it costs."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass

from lab.box import Box
from lab.fault import Fault
from lab.part import Health, Part
from lab.parts import all_parts
from ops.errors import CitynodeError


@dataclass(frozen=True, slots=True)
class Status:
    """A lab at one moment."""

    lab: str
    city: str
    slot: int
    management: str
    folder: str
    parts: dict[str, str]
    faults: tuple[Fault, ...]
    health: tuple[Health, ...]

    @property
    def ok(self) -> bool:
        """Whether everything that isn't broken on purpose is up."""
        return all(item.state == "up" for item in self.health) and all(state == "up" for state in self.parts.values())

    @property
    def counts(self) -> dict[str, dict[str, int]]:
        """How many of each kind are up, degraded and down."""
        counts: dict[str, dict[str, int]] = {}
        for (kind, state), number in Counter((item.kind, item.state) for item in self.health).items():
            counts.setdefault(kind, {"up": 0, "degraded": 0, "down": 0})[state] = number
        return counts

    def as_data(self) -> dict[str, object]:
        """The status as JSON has it."""
        return {
            "lab": self.lab,
            "city": self.city,
            "ok": self.ok,
            "slot": self.slot,
            "management": self.management,
            "folder": self.folder,
            "parts": self.parts,
            "faults": [{**fault.model_dump(), "text": str(fault)} for fault in self.faults],
            "counts": self.counts,
            "health": [asdict(item) for item in self.health],
        }


def status_of(box: Box) -> Status:
    """Ask every part that was begun."""
    facts = box.record.facts
    begun = [part for part in all_parts() if part.name in facts.parts]
    with ThreadPoolExecutor(max_workers=4) as pool:
        found = list(pool.map(lambda part: ask(part, box), begun))
    health = tuple(item for items in found for item in items)
    return Status(facts.name, facts.city, facts.slot, str(box.management), str(box.folder), facts.parts, facts.faults, health)


def ask(part: Part, box: Box) -> list[Health]:
    """The part's health; a part that can't even be asked is down."""
    try:
        return part.status(box)
    except (CitynodeError, OSError) as failed:
        return [Health("part", part.name, "down", str(failed))]
