"""Whether departments keep within their pools: Kubernetes can't sum quotas, the city does."""

from __future__ import annotations

from collections.abc import Iterator

from city.finding import Finding
from city.model import City
from city.pools import RESOURCES, overdrafts
from ops.language import _


def departments_have_pools(city: City) -> Iterator[Finding]:
    """Who has systems on the cloud has a pool that they draw on."""
    told = set()
    for index, system in enumerate(city.systems):
        if system.department not in city.pool_by_department and system.department not in told:
            told.add(system.department)
            yield Finding(
                "no-pool",
                _("'{department}' has systems but no pool").format(department=system.department),
                _("add {{department: {department}, …}} to pools").format(department=system.department),
                ("systems", index, "department"),
            )


def zones_fit_their_pool(city: City) -> Iterator[Finding]:
    """All zones of a department together, in all centres, keep within its pool."""
    places = {pool.department: index for index, pool in enumerate(city.pools)}
    for over in overdrafts(city):
        yield Finding(
            "pool",
            _("the zones of '{department}' ask for {asked}{unit}, its pool holds {pool}{unit}; most use {users}").format(
                department=over.department, asked=over.asked, pool=over.pool, unit=RESOURCES[over.resource], users=over.users
            ),
            _("lower a quota, or have the pool raised"),
            ("pools", places[over.department], over.resource),
        )
