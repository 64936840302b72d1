"""A tiny city's network in memory whose centres answer: over IPv4 always, over IPv6 once the cores and the asking router carry it."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv6Address

from network.devices.probe import Address, FakeProber
from network.dns.server import MemoryNames
from network.ipv6.main import carry_out, plan_rollout, plan_withdraw
from network.ipv6.reach import centres
from network.ipv6.records import reverse_zone
from network.push.change import Report
from ops.errors import CitynodeError
from tests.unit.network.bench import Bench
from tests.unit.network.ipv6.seals import sealed

ZONE = "tiny.gov.example"


@dataclass
class DualBench(Bench):
    """A desk and a name server."""

    blackhole: bool = False
    """Packets to the centres over IPv6 are lost, whatever routers say."""
    names: MemoryNames = field(default_factory=lambda: MemoryNames({ZONE}, seals=sealed(ZONE)))

    def __post_init__(self) -> None:
        super().__post_init__()
        self.prober = FakeProber(self._answers)
        self.centres = {*centres(self.city, 4), *centres(self.city, 6)}
        object.__setattr__(self.desk, "prober", self.prober)

    def serve_reverse(self) -> None:
        self.names.zones.add(reverse_zone(self.city))

    def roll_out(self, place: str = "haifeng") -> Report:
        return carry_out(self.desk, self.names, plan_rollout(self.desk, self.names, place))

    def withdraw(self, place: str = "haifeng") -> Report:
        return carry_out(self.desk, self.names, plan_withdraw(self.desk, self.names, place))

    def carries(self, name: str) -> bool:
        return "router ospf6" in self.box(name).sections

    def breaks_names_at(self, verb: str, problem: CitynodeError) -> None:
        self.names.fault = lambda asked: problem if asked == verb else None

    def _answers(self, router: str, target: Address) -> bool:
        if target not in self.centres:
            return self._reaches(router, target)
        if not isinstance(target, IPv6Address):
            return router not in self.dark
        return not self.blackhole and all(self.carries(name) for name in (router, "core1", "core2"))
