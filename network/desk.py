"""What every network operation is given: the city, the way to its devices and probes, and how careful to be."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from city.model import City, RouterRole
from network.devices.device import Fleet
from network.devices.kept import Kept
from network.devices.probe import Prober
from network.push.journal import Journal
from network.rollout import Rollout, load_rollout
from ops.control import Control
from ops.suggest import unknown


@dataclass(frozen=True, slots=True)
class Care:
    """How a change is paced."""

    parallel: int = 8
    deadline_seconds: float = 60.0
    """What one device may take in a wave before it counts as failed."""
    settle_seconds: float = 25.0
    """How long a device has to be reachable again after its lines."""
    trial_seconds: float = 120.0
    """How long a device waits for our word before it goes back by itself; languages bound it (VRP 8: a minute at least)."""
    accept_emulation: bool = False
    """Change also devices that nothing would take back without us."""
    budget: int = 2
    """Failures tolerated in a whole change, unreachable devices included; critical waves tolerate none."""


@dataclass(frozen=True)
class Desk:
    """Where an operator of the network sits."""

    city: City
    fleet: Fleet
    prober: Prober
    control: Control
    care: Care = field(default_factory=Care)
    kept: Kept = field(default_factory=Kept)

    @property
    def folder(self) -> Path:
        """State of this city's network."""
        return folder_of(self.control, self.city)

    @property
    def journal(self) -> Journal:
        return Journal(self.folder / "changes")

    @property
    def rollout(self) -> Rollout:
        """Which routers carry IPv6, as declared."""
        return load_rollout(self.folder)


def folder_of(control: Control, city: City) -> Path:
    """Where what is known of a city's network is kept; two labs of one city are two networks."""
    return control.state / "network" / (control.scope or city.name)


def journal_of(city: City, control: Control) -> Journal:
    """The journal of a city's network; needs no way to its devices."""
    return Journal(folder_of(control, city) / "changes")


def select(city: City, devices: Iterable[str] = ()) -> tuple[str, ...]:
    """Router names for what was asked: names, roles or places; all routers when nothing was. In the city's order."""
    wanted: set[str] = set()
    for word in devices:
        wanted |= _named(city, word)
    return tuple(router.name for router in city.routers if not devices or router.name in wanted)


def _named(city: City, word: str) -> set[str]:
    if word in city.router_by_name:
        return {word}
    roles = {str(role) for role in RouterRole}
    if word in roles:
        return {router.name for router in city.routers if router.role == word}
    if word in city.place_by_name:
        places = city.places_under(word)
        return {router.name for router in city.routers if router.place in places}
    raise unknown("router, role or place", word, {*city.router_by_name, *city.place_by_name, *roles})
