"""A tiny city's network in memory: routers that take lines, and a prober that reaches what stands in their configuration."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from city.load import load_city
from city.model import City
from lab.frr.config import router_config
from network.desk import Care, Desk, select
from network.devices.fake import Box, FakeFleet
from network.devices.probe import Address, FakeProber
from network.push.journal import ChangeLog
from network.push.main import PushPlan, plan_push
from network.push.plan import Wave
from network.push.wave import WaveRun
from network.rollout import Rollout
from ops.audit import Trail
from ops.control import Control
from ops.lease import Leases
from ops.progress import Silent

QUICK = Care(parallel=4, deadline_seconds=10, settle_seconds=0.2, trial_seconds=60, budget=1)


def tiny() -> City:
    return load_city("tiny")


@dataclass
class Bench:
    """A desk whose devices are in memory. `dark` routers are reached by nobody, `cut` addresses neither."""

    state: Path
    city: City = field(default_factory=tiny)
    production: bool = False
    care: Care = QUICK
    dark: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.fleet = FakeFleet({router.name: router_config(self.city, router.name) for router in self.city.routers})
        self.prober = FakeProber(self._reaches)
        control = Control(
            self.state, Trail(self.state), Leases(self.state), Silent(), "li", production=self.production, scope=self.state.name
        )
        self.desk = Desk(self.city, self.fleet, self.prober, control, self.care)

    def as_author(self, name: str) -> Desk:
        return replace(self.desk, control=replace(self.desk.control, author=name))

    @property
    def consenting(self) -> Desk:
        """The desk of somebody who goes on also where nothing would take a change back."""
        return replace(self.desk, care=replace(self.care, accept_emulation=True))

    @property
    def hasty(self) -> Desk:
        """The desk of somebody whose trials are over soon: for routers that are to come back by themselves."""
        return replace(self.desk, care=replace(self.care, trial_seconds=1))

    def box(self, name: str) -> Box:
        return self.fleet.boxes[name]

    def sections(self) -> dict[str, dict[str, list[str]]]:
        """What every router holds, to be compared later."""
        return {name: {header: sorted(lines) for header, lines in box.sections.items()} for name, box in self.fleet.boxes.items()}

    def plan(self, *words: str) -> PushPlan:
        return plan_push(self.desk, select(self.city, words))

    def wave(self, *names: str, change: str = "c1") -> WaveRun:
        """A wave of these routers towards what they shall be."""
        wanted = self.plan(*names).change.targets
        return WaveRun(self.desk, self.desk.journal.open(change), Wave("towns", names), wanted, Rollout().routers)

    def log(self, change: str = "c1") -> ChangeLog:
        return self.desk.journal.open(change)

    def _reaches(self, _router: str, target: Address) -> bool:
        begins = (f"ip address {target}/", f"ipv6 address {target}/")
        vrrp = re.compile(rf"vrrp \d+ ip(v6)? {target}")
        for name, box in self.fleet.boxes.items():
            if name in self.dark:
                continue
            for lines in box.sections.values():
                if _routed(lines) and any(line.startswith(begins) or vrrp.fullmatch(line) for line in lines):
                    return True
        return False


def _routed(lines: list[str]) -> bool:
    return any(" area " in line for line in lines)


def states(bench: Bench, change: str = "c1") -> Mapping[str, str]:
    """The last word of the journal on each router."""
    return {name: note["state"] for name, note in bench.log(change).states().items()}
