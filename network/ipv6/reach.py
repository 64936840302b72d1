"""Who reaches whom, in each family: every town against every centre, as the towns' routers measure it.

Measured from the edge, because that is where people are; a router that can't be asked counts as reaching nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from city.addressing import addressing
from city.model import City
from network.desk import Care
from network.devices.fanout import each
from network.devices.probe import Address, Prober
from network.errors import NoVantage
from ops.errors import CitynodeError
from ops.language import _
from ops.plan import JsonObject
from ops.progress import Progress

PROBES, INTERVAL_MS = 3, 100


@dataclass(frozen=True, slots=True)
class TownReach:
    """What one town reached: centre -> whether it answered. `ipv6` is None where the town doesn't carry it."""

    town: str
    place: str
    ipv4: Mapping[str, bool]
    ipv6: Mapping[str, bool] | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Reach:
    """One measurement of the whole edge."""

    towns: tuple[TownReach, ...]

    @property
    def ipv4(self) -> float:
        """Share of pairs of town and centre that answered over IPv4; 1 where there are none."""
        return _share(answered for row in self.towns for answered in row.ipv4.values())

    @property
    def ipv6(self) -> float | None:
        """The same over IPv6, for the towns that carry it; None where none does."""
        pairs = [answered for row in self.towns if row.ipv6 is not None for answered in row.ipv6.values()]
        return _share(pairs) if pairs else None

    @property
    def pairs(self) -> frozenset[tuple[str, str]]:
        """The pairs of town and centre that answered over IPv4."""
        return frozenset((row.town, centre) for row in self.towns for centre, answered in row.ipv4.items() if answered)

    def silent(self) -> list[str]:
        """The pairs that did not answer, with the family, as people read them."""
        return [
            f"{row.town} -> {centre} over {family}"
            for row in self.towns
            for family, pairs in (("IPv4", row.ipv4), ("IPv6", row.ipv6 or {}))
            for centre, answered in pairs.items()
            if not answered
        ]

    def as_data(self) -> JsonObject:
        rows = [
            {
                "town": row.town,
                "place": row.place,
                "ipv4": f"{sum(row.ipv4.values())}/{len(row.ipv4)}",
                "ipv6": f"{sum(row.ipv6.values())}/{len(row.ipv6)}" if row.ipv6 is not None else None,
                "error": row.error,
            }
            for row in self.towns
        ]
        return {
            "reachability_v4": round(self.ipv4, 4),
            "reachability_v6": None if self.ipv6 is None else round(self.ipv6, 4),
            "towns": rows,
        }


def centres(city: City, version: int) -> dict[Address, str]:
    """The address of each centre's gateway in this family, and the centre."""
    plan = addressing(city)
    lans = {site.name: plan.lan(site.name) for site in city.centres}
    return {(lan.ipv4.ip if version == 4 else lan.ipv6.ip): name for name, lan in lans.items() if lan is not None}


def measure(city: City, prober: Prober, towns: Sequence[str], carrying: Iterable[str], *, progress: Progress, care: Care) -> Reach:
    """Ask every town to probe every centre; over IPv6 those that carry it."""
    dual = frozenset(carrying)

    def ask(town: str) -> TownReach:
        return TownReach(
            town, city.router_by_name[town].place, _ask(city, prober, town, 4), _ask(city, prober, town, 6) if town in dual else None
        )

    answers = each(towns, ask, progress=progress, label=_("measure"), parallel=care.parallel, deadline=care.deadline_seconds)
    return Reach(tuple(answer.value or _silent(city, answer.device, answer.error, is_dual=answer.device in dual) for answer in answers))


def _ask(city: City, prober: Prober, town: str, version: int) -> dict[str, bool]:
    """Which centres answer in this family; none, where the town has no address of it: that says nothing about the other family."""
    targets = centres(city, version)
    try:
        counts = prober.probe(town, tuple(targets), count=PROBES, interval_ms=INTERVAL_MS)
    except NoVantage:
        return dict.fromkeys(targets.values(), False)
    return {name: counts[address].is_reached for address, name in targets.items()}


def _silent(city: City, town: str, error: CitynodeError | None, *, is_dual: bool) -> TownReach:
    nothing = dict.fromkeys(centres(city, 4).values(), False)
    return TownReach(town, city.router_by_name[town].place, nothing, nothing if is_dual else None, str(error))


def _share(pairs: Iterable[bool]) -> float:
    known = list(pairs)
    return sum(known) / len(known) if known else 1.0
