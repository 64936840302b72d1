"""All reports on the zones in one value: the city's own data, and what its clusters say where they can be asked.

A centre that doesn't answer hides no other: it is named in `unread`, and what is said of usage is then too little, never too much.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from city.model import City
from ops.access import Access
from ops.errors import CitynodeError, Unreachable
from ops.language import _
from stacks.zones.review import Coverage, Due, PoolStanding, UnusedZone, backup_coverage, expiring, pool_standings, unused_zones
from stacks.zones.usage import ZoneUse, read_usage


@dataclass(frozen=True, slots=True)
class Survey:
    """The four reports; `unused` is None, and `used` in the pools too, where no cluster was asked."""

    within_days: int
    pools: tuple[PoolStanding, ...]
    unused: tuple[UnusedZone, ...] | None
    expiring: tuple[Due, ...]
    backup: tuple[Coverage, ...]
    unread: dict[str, str] = field(default_factory=dict)


def survey(city: City, access: Access | None, *, now: datetime, within_days: int) -> Survey:
    """Look the city over; without access to its clusters, as far as its data goes."""
    observed, unread = (None, {}) if access is None else _observed(city, access)
    return Survey(
        within_days,
        pool_standings(city, observed),
        None if observed is None else unused_zones(city, observed, now),
        expiring(city, now.date(), within_days=within_days),
        backup_coverage(city),
        unread,
    )


def raise_unread(found: Survey) -> None:
    """Raise if a centre could not be asked."""
    if found.unread:
        raise Unreachable(
            _("what is used at {names} is not known").format(names=", ".join(found.unread)),
            why="; ".join(found.unread.values()),
            hint=_("the reports above are without it; citynode zone review --offline asks no cluster"),
        )


def _observed(city: City, access: Access) -> tuple[tuple[ZoneUse, ...], dict[str, str]]:
    found: list[ZoneUse] = []
    unread: dict[str, str] = {}
    for centre in city.centres:
        if centre.name not in access.centres:
            continue
        try:
            found += read_usage(centre.name, access.centres[centre.name].kubeconfig)
        except CitynodeError as failed:
            unread[centre.name] = str(failed)
    return tuple(found), unread
