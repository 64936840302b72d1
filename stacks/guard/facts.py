"""What the rules know of the city: its registries, its closed lists, and the labels of its zones in one centre."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from city.model import City, ContactRole, OrganisationKind, Site, SiteKind, Tier
from stacks.declare.labels import label
from stacks.declare.placement import RESERVED, zones_at

SYSTEM_SPACES = tuple(sorted(RESERVED))
"""Namespaces that are the cluster's and the foundation's own; no rule looks into them."""
MLPS_LEVELS = ("1", "2", "3", "4")
"""GB/T 22239-2019, chapters 6 to 9; level 5 has no general requirements."""


@dataclass(frozen=True)
class Facts:
    """The city as its rules see it."""

    city: City
    centre: Site

    @cached_property
    def registries(self) -> tuple[str, ...]:
        """Where images may come from; the first is the one to push to."""
        return self.city.registries or (f"registry.{self.city.address_plan.domain}",)

    @cached_property
    def lists(self) -> Mapping[str, tuple[str, ...]]:
        """The closed lists: a label's key, and the values that the city knows."""
        departments = (item.name for item in self.city.organisations if item.kind is not OrganisationKind.OPERATOR)
        return {
            label("department"): tuple(sorted(departments)),
            label("owner"): tuple(ContactRole),
            label("mlps"): MLPS_LEVELS,
            label("tier"): tuple(Tier),
            label("plane"): tuple(plane.name for plane in self.city.planes),
        }

    @cached_property
    def elsewhere(self) -> tuple[str, ...]:
        """The systems that the province runs and backs up; their zones here stand ready and hold nothing yet."""
        sites = self.city.site_by_name
        return tuple(sorted(system.name for system in self.city.systems if sites[system.runs_at].kind is SiteKind.PROVINCE))

    @cached_property
    def spaces(self) -> Mapping[str, Mapping[str, str]]:
        """The labels of each zone's namespace."""
        from stacks.declare.zone import namespace  # the zones stand on the foundation, which holds the rules

        return {zone.name: namespace(zone).labels for zone in zones_at(self.city, self.centre)}


def facts_at(city: City, centre: Site | None = None) -> Facts:
    """The facts of a centre; of the production centre, which has a zone for every system, if none is named."""
    return Facts(city, centre or city.centres[0])


def literal(values: Iterable[str]) -> str:
    """A list of strings as CEL writes it."""
    return json.dumps(list(values), ensure_ascii=True)
