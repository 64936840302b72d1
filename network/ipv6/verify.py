"""Is what was declared true? Reach in both families, twins on every router that carries IPv6, names in the zone. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from city.model import City, RouterRole, TwinKind
from network.compare import read_all
from network.desk import Desk
from network.devices.fanout import Answer
from network.dialect import dialect
from network.dns.dnssec import Signature, signature, signed_zones
from network.dns.server import NameServer, Rrset, differing
from network.intent.router import intents
from network.ipv6.names import name_parity
from network.ipv6.parity import Missing, Parity, excused, parity
from network.ipv6.place import counties, county, needed, places_of, towns
from network.ipv6.reach import Reach, measure
from network.ipv6.records import TTL, records
from network.ipv6.shift import KIND
from network.ipv6.watch import LEDGER, Losses, count
from network.rollout import Rollout
from ops.errors import ChangesPending, CitynodeError, Unreachable
from ops.language import _
from ops.listing import listed
from ops.plan import JsonObject


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was measured, against what was declared."""

    reach: Reach
    parity: Parity
    wrong_names: tuple[Rrset, ...]
    """The AAAA sets that the zone lacks, or that it still has for what carries no IPv6 (these have no values)."""
    losses: Losses = field(default_factory=Losses)
    """IPv4 packets that the rollouts which led here sent and lost."""
    zones: tuple[Signature, ...] = ()
    unread: tuple[tuple[str, CitynodeError], ...] = ()
    """Routers that could not be read, and why: their twins are not known."""
    no_names: CitynodeError | None = None
    """Why the name server could not be asked: nothing is known of the names."""

    @property
    def is_ok(self) -> bool:
        names = self.no_names is None and not self.wrong_names and all(zone.is_ok for zone in self.zones)
        return names and not self.reach.silent() and not self.parity.missing

    def as_data(self) -> JsonObject:
        gaps = [_gap(gap) for gap in self.parity.missing]
        return {
            "ok": self.is_ok,
            **self.reach.as_data(),
            "parity": round(self.parity.share, 4),
            "twins": self.parity.expected,
            "missing": gaps,
            "unreachable": [{"device": name, "error": str(error)} for name, error in self.unread],
            "exempt": [{**_gap(one.gap), "reason": one.reason} for one in self.parity.exempt],
            "ipv4_probes_sent": self.losses.sent,
            "ipv4_probes_lost": self.losses.lost,
            "ipv4_probes_blind": self.losses.blind,
            "zones": [zone.as_data() for zone in self.zones],
            "names_unread": "" if self.no_names is None else str(self.no_names),
            "missing_names": [rrset.name for rrset in self.wrong_names if rrset.values],
            "stale_names": [rrset.name for rrset in self.wrong_names if not rrset.values],
        }

    def raise_on_error(self) -> None:
        """Reach that is lacking is a failure; twins or names that are lacking are drift from what was declared."""
        silent = self.reach.silent()
        if silent:
            raise CitynodeError(
                _("{count} pairs of town and centre don't reach each other: {pairs}").format(count=len(silent), pairs=listed(silent, 4)),
                why=next((row.error for row in self.reach.towns if row.error), ""),
                hint=_("citynode net verify shows which routers answer; citynode net diff what they lack"),
            )
        if self.unread:
            name, error = self.unread[0]
            raise Unreachable(
                _("{count} routers could not be read: {names}").format(
                    count=len(self.unread), names=listed(name for name, _error in self.unread)
                ),
                why=str(error),
                hint=error.hint or f"citynode net diff --devices {name}",
            )
        if self.no_names is not None:
            raise self.no_names
        told = {rrset.name.split(".")[0] for rrset in self.wrong_names}
        drift = [gap_text(gap) for gap in self.parity.missing if gap.kind is not TwinKind.NAME or gap.interface not in told]
        drift += [f"{zone.zone}: {zone.problem}" for zone in self.zones if not zone.is_ok]
        drift += [f"{rrset.name} AAAA {', '.join(rrset.values) or _('(stale)')}" for rrset in self.wrong_names]
        if drift:
            raise ChangesPending(
                _("{count} things are not as declared: {first}").format(count=len(drift), first=listed(drift, 3)),
                hint=_("citynode net ipv6 rollout --place COUNTY puts them right, or withdraw where the county isn't to have IPv6"),
            )


ROLLED_OUT, PARTLY, IPV4_ONLY, UNDER_WAY = "rolled out", "partly", "IPv4 only", "under way"
"""By declaration; a place whose rollout or withdrawal was begun and did not end is neither here nor there."""


@dataclass(frozen=True, slots=True)
class PlaceState:
    """How far one county or zone is, by declaration."""

    place: str
    state: str
    carrying: int
    routers: int
    towns: int


def verify(desk: Desk, server: NameServer | None, place: str = "") -> Verdict:
    """Measure and read: the whole city, or one county with the cores that carry it."""
    city, rollout, progress = desk.city, desk.rollout, desk.control.progress
    if place:
        county(city, place)
    chosen = _declared(city, rollout, place)
    progress.stage(_("measure from every town"))
    reach = measure(city, desk.prober, towns(city, place), rollout.routers, progress=progress, care=desk.care)
    progress.stage(_("read {count} routers that carry IPv6").format(count=len(chosen)))
    wanted = intents(city, rollout, chosen)
    answers = _read(desk, chosen)
    running = {
        name: None if answer.value is None else dialect(city.router_by_name[name].dialect).parse(answer.value)
        for name, answer in answers.items()
    }
    unread = tuple((name, answer.error) for name, answer in answers.items() if answer.error is not None)
    names = _Names(parity(wanted, running))
    if server is not None:
        names = _ask_names(city, server, rollout, place, names.found)
    found = excused(city, names.found, datetime.now(UTC).date())
    return Verdict(reach, found, names.wrong, _losses(desk), names.zones, unread, names.problem)


@dataclass(frozen=True, slots=True)
class _Names:
    """What the name server's answers add to what routers hold."""

    found: Parity
    wrong: tuple[Rrset, ...] = ()
    zones: tuple[Signature, ...] = ()
    problem: CitynodeError | None = None


def _ask_names(city: City, server: NameServer, rollout: Rollout, place: str, found: Parity) -> _Names:
    """Names and signatures; a server that doesn't answer takes nothing from what was measured."""
    try:
        wrong = differing(server, _names(city, rollout, place))
        both = found if place else found.plus(name_parity(city, server, rollout))
        return _Names(both, wrong, tuple(signature(server, zone) for zone in signed_zones(city, server)))
    except Unreachable as problem:
        return _Names(found, problem=problem)


def _read(desk: Desk, names: tuple[str, ...]) -> dict[str, Answer[str]]:
    """What the routers run; one that doesn't answer is asked once more."""
    found = {answer.device: answer for answer in read_all(desk, names)}
    again = [name for name, answer in found.items() if answer.error is not None]
    return found | {answer.device: answer for answer in (read_all(desk, again) if again else ())}


def _losses(desk: Desk) -> Losses:
    """What the rollouts and withdrawals on record counted, all together."""
    counted = [count(log.folder / LEDGER)[0] for log in desk.journal.changes() if log.facts.get("kind") == KIND]
    return Losses(sum(one.sent for one in counted), sum(one.lost for one in counted), sum(one.blind for one in counted))


def gap_text(gap: Missing) -> str:
    """What lacks its twin, and where; a name belongs to no router."""
    return f"{gap.router} {gap.interface}: {gap.lacks}".strip()


def _gap(gap: Missing) -> JsonObject:
    return {"router": gap.router, "interface": gap.interface, "lacks": gap.lacks, "kind": str(gap.kind)}


def states(city: City, rollout: Rollout, under_way: str | None = None) -> tuple[PlaceState, ...]:
    """A line for each county and zone, and for the cores; `under_way`: the place of a shift that did not end, empty for all."""
    found = []
    open_places = frozenset() if under_way is None else frozenset({*places_of(city, under_way), "core"})
    for place in counties(city):
        inside = city.places_under(place.name)
        routers = [router.name for router in city.routers if router.place in inside]
        found.append(_state(place.name, routers, rollout, len(towns(city, place.name)), is_declared=place.name in rollout.places))
    cores = [router.name for router in city.routers if router.role is RouterRole.CORE]
    every = (_state("core", cores, rollout, 0, is_declared=bool(rollout.places)), *found)
    return tuple(replace(one, state=UNDER_WAY) if one.place in open_places else one for one in every)


def _state(place: str, routers: Iterable[str], rollout: Rollout, count: int, *, is_declared: bool) -> PlaceState:
    known = list(routers)
    carrying = len(rollout.routers & frozenset(known))
    state = ROLLED_OUT if is_declared and carrying == len(known) else PARTLY if carrying else IPV4_ONLY
    return PlaceState(place, state, carrying, len(known), count)


def _names(city: City, rollout: Rollout, place: str) -> tuple[Rrset, ...]:
    """The AAAA sets of the place's routers, or of all, and of the centres, by declaration."""
    concerned = needed(city, place) if place else tuple(router.name for router in city.routers)
    wanted = frozenset(records(city, rollout.routers))
    return tuple(Rrset(record.name, "AAAA", (str(record.address),) if record in wanted else (), TTL) for record in records(city, concerned))


def _declared(city: City, rollout: Rollout, place: str) -> tuple[str, ...]:
    """The routers that carry IPv6, of the place or of all."""
    inside = frozenset(needed(city, place)) if place else rollout.routers
    return tuple(router.name for router in city.routers if router.name in rollout.routers & inside)
