"""What a centre has before any system lands on it: classes by DR tier, roles, the city's namespace, its policies."""

from __future__ import annotations

from city.model import City
from stacks.declare.commons import commons_objects
from stacks.declare.manifest import Manifest
from stacks.declare.roles import cluster_roles, owner_bindings
from stacks.declare.tiers import priority_classes, storage_classes
from stacks.guard.admission import admission_objects


def foundation_objects(city: City) -> tuple[Manifest, ...]:
    """The centre's objects that belong to no zone."""
    roles = (*cluster_roles(), *owner_bindings(city))
    return (*priority_classes(), *storage_classes(city), *roles, *commons_objects(city), *admission_objects(city))
