"""What a run is limited to: some zones of a centre and the foundation that they stand on, as Pulumi's patterns.

A run with a scope declares less than the whole and is targeted at what it declares, so that nothing else is looked at,
changed or deleted. Pulumi's globs: `*` stays within one part of a resource's name, `**` goes across them.
"""

from __future__ import annotations

from dataclasses import dataclass

COMPONENT = "citynode:stacks:LandingZone"


@dataclass(frozen=True, slots=True)
class Scope:
    """The zones that a run is about; everything, if none is named."""

    zones: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.zones)

    def holds(self, zone: str) -> bool:
        """Whether the run is about this zone."""
        return not self.zones or zone in self.zones

    def targets(self, *, stack: str, project: str) -> list[str] | None:
        """The patterns of everything in scope, or None where the run is about everything."""
        if not self.zones:
            return None
        foundation = f"urn:pulumi:{stack}::{project}::kubernetes:**"
        return [foundation, *self.removals(stack=stack, project=project)]

    def covers(self, urn: str) -> bool:
        """Whether the run is about this resource: the foundation always, a zone's objects if it is in scope."""
        return COMPONENT not in urn or self.holds(urn.rpartition("::")[2].partition("/")[0])

    def removals(self, *, stack: str, project: str) -> list[str]:
        """The patterns of the zones alone: what goes when they are removed."""
        root = f"urn:pulumi:{stack}::{project}::{COMPONENT}**::"
        return [f"{root}{part}" for zone in self.zones for part in (zone, f"{zone}/*")]


EVERYTHING = Scope()
"""No limit."""
