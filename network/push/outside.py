"""Whether a device still does its work, seen from another router: the check between `apply` and `keep`.

What was reachable before a change must be reachable after it, in each family; a router that just got IPv6 must be
reachable over it as soon as the routers between it and the observer carry it too.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address
from typing import TypeVar

from city.addressing import addressing
from city.model import City, RouterRole
from network.devices.probe import Address, Prober
from network.errors import NoVantage
from ops.errors import Unreachable
from ops.language import _

_Key = TypeVar("_Key", IPv4Address, IPv6Address)

_OBSERVERS = (RouterRole.CORE, RouterRole.PROVINCE, RouterRole.AGGREGATION, RouterRole.TOWN)


@dataclass(frozen=True, slots=True)
class Seen:
    """A device's loopback, as its observer reached it."""

    ipv4: bool
    ipv6: bool

    @property
    def is_any(self) -> bool:
        return self.ipv4 or self.ipv6


@dataclass(frozen=True)
class Outside:
    """Observes devices from a router that isn't among them."""

    city: City
    prober: Prober
    carrying: frozenset[str] = frozenset()
    """Routers that carry IPv6; only these can measure over it."""
    bare: set[str] = field(default_factory=set)
    """Observers that were found without an address to measure from: they aren't asked again, until they are changed themselves."""

    def look(self, devices: Sequence[str], *, ipv6: Iterable[str] = ()) -> dict[str, Seen]:
        """How the devices are seen now; only those in `ipv6` are asked over IPv6."""
        plan = addressing(self.city)
        v4 = {plan.loopback(name).ipv4: name for name in devices}
        v6 = {plan.loopback(name).ipv6: name for name in devices if name in set(ipv6)}
        busy = set(devices)
        with ThreadPoolExecutor(1, thread_name_prefix="outside6") as pool:  # both families at once: a measurement is mostly its login
            over6 = pool.submit(self._reached, self._observers(busy, ipv6=True), v6, needed=False)
            reached = {*self._reached(self._observers(busy), v4), *over6.result()}
        seen4 = {name for address, name in v4.items() if address in reached}
        seen6 = {name for address, name in v6.items() if address in reached}
        return {name: Seen(name in seen4, name in seen6) for name in devices}

    def wait(self, wanted: Mapping[str, Seen], seconds: float) -> dict[str, str]:
        """Wait until every device is seen as wanted; the families that are missing after that, by device."""
        until = time.monotonic() + seconds
        missing = dict(wanted)
        while True:
            seen = self.look(tuple(missing), ipv6=[name for name, want in missing.items() if want.ipv6])
            missing = {name: want for name, want in missing.items() if _lacks(want, seen[name])}
            if not missing or time.monotonic() > until:
                return {name: _lacks(want, seen[name]) for name, want in missing.items()}
            time.sleep(0.5)

    def expects_ipv6(self, device: str, wave: Iterable[str]) -> bool:
        """Whether a path of routers that carry IPv6 leads from the device to the router that will measure."""
        observers = self._observers(set(wave), ipv6=True)
        if not observers or device not in self.carrying:
            return False
        reached, frontier = {device}, [device]
        while frontier:
            here = frontier.pop()
            ends = {end for link in self.city.links_of(here) for end in (link.a.node, link.b.node)}
            fresh = (ends & self.carrying) - reached
            reached |= fresh
            frontier += fresh
        return observers[0] in reached

    def _reached(self, observers: Sequence[str], targets: Mapping[_Key, str], *, needed: bool = True) -> set[Address]:
        """The targets that answered the first observer that can measure; none where observers answer and aren't set up themselves yet."""
        last: Unreachable | None = None
        bare = 0
        for observer in observers[:4] if targets else ():
            if observer in self.bare:
                bare += 1
                continue
            try:
                counts = self.prober.probe(observer, tuple(targets), count=2, interval_ms=50)
                return {address for address, count in counts.items() if count.is_reached}
            except NoVantage:
                self.bare.add(observer)
                bare += 1
            except Unreachable as problem:
                last = problem
        if targets and needed and not bare:
            raise last or Unreachable(_("no router is left to measure from"), hint=_("change fewer devices at once"))
        return set()

    def _observers(self, busy: set[str], *, ipv6: bool = False) -> list[str]:
        """Routers outside the wave, the best connected first."""
        return [name for name in observers(self.city, carrying=self.carrying if ipv6 else None) if name not in busy]


def observers(city: City, *, carrying: frozenset[str] | None = None) -> list[str]:
    """All routers that may measure, the best connected first; only those that carry IPv6, where that is asked."""
    found = [router.name for role in _OBSERVERS for router in city.routers if router.role is role]
    return found if carrying is None else [name for name in found if name in carrying]


def _lacks(want: Seen, seen: Seen) -> str:
    missing = [family for family, wanted, found in (("IPv4", want.ipv4, seen.ipv4), ("IPv6", want.ipv6, seen.ipv6)) if wanted and not found]
    return " + ".join(missing)
