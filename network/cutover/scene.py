"""What every step of a cutover is given: the plan, a desk that knows the private routers, shells on hosts, and the store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from ipaddress import IPv4Address
from pathlib import Path

from city.model import City
from network.cutover.plan import Cutover
from network.cutover.store import Cutovers
from network.desk import Desk, folder_of
from network.devices.shells import Shells, SshShells
from network.dns.server import DnsUpdates, NameServer
from network.open import open_desk
from network.push.change import make_change, wave_steps
from network.tree import Tree
from ops.access import Access
from ops.control import Control
from ops.durable import Run, Step
from ops.errors import UsageProblem
from ops.language import _
from ops.plan import JsonObject

KIND = "net-cutover"


@dataclass(frozen=True)
class PrivateDesk(Desk):
    """A desk over the merged city, with a journal of its own: the extranet's `net rollback` knows no private router."""

    network: str = ""

    @property
    def folder(self) -> Path:
        return root_of(self.control, self.city) / self.network


@dataclass(frozen=True)
class Scene:
    """One cutover being worked on."""

    cut: Cutover
    desk: PrivateDesk
    shells: Shells
    store: Cutovers
    sites: tuple[str, ...]
    """Hosts of the common plane that can be asked."""
    server: NameServer | None = None
    """The city's name server, where the access file names one."""
    watch_seconds: float = 5.0

    @property
    def control(self) -> Control:
        return self.desk.control

    @property
    def name(self) -> str:
        return self.cut.network.name

    def push_steps(self, stage: str, targets: Mapping[str, Tree]) -> tuple[Step, ...]:
        """Steps that bring private routers to these targets, in waves, under a change of the stage's own in the journal."""
        change = make_change(self.desk, KIND, targets, rollout=self.desk.rollout)
        return tuple(_staged(step, stage) for step in wave_steps(self.desk, change))

    def name_server(self) -> NameServer:
        """The server whose names are switched; UsageProblem where nothing says which it is."""
        if self.server is None:
            raise UsageProblem(_("the access file names no name server"), hint=_("add `dns`, or bring up the lab's part `dns`"))
        return self.server

    def routers(self) -> tuple[str, ...]:
        return tuple(router.name for router in self.cut.network.routers)


def stage_id(change_id: str, stage: str) -> str:
    """A stage's change in the journal."""
    return f"{change_id}-{stage}"


def open_scene(cut: Cutover, access: Access, control: Control, *, watch_seconds: float = 5.0) -> Scene:
    """The scene of a real city or a lab; nothing is connected before it is used."""
    plain = open_desk(cut.merged, access, control)
    desk = PrivateDesk(**{name: getattr(plain, name) for name in plain.__dataclass_fields__}, network=cut.network.name)
    shells = SshShells(addresses_of(cut, access), access)
    server = DnsUpdates(access.dns) if access.dns else None
    return Scene(cut, desk, shells, store_of(control, cut.city), tuple(access.hosts), server, watch_seconds)


def root_of(control: Control, city: City) -> Path:
    """Where the cutovers of a city's private networks are kept."""
    return folder_of(control, city) / "cutover"


def store_of(control: Control, city: City) -> Cutovers:
    return Cutovers(root_of(control, city))


def _staged(step: Step, stage: str) -> Step:
    def do(run: Run) -> JsonObject:
        return step.do(replace(run, change_id=stage_id(run.change_id, stage), done={}))

    return Step(f"{stage}-{step.name}", do)


def addresses_of(cut: Cutover, access: Access) -> dict[str, IPv4Address]:
    """Management addresses of everything that a cutover asks: sites' hosts, borders, private hosts, enclaves."""
    own = {
        **{router.name: router.management for router in cut.network.routers},
        **{host.name: host.management for host in cut.network.hosts},
        **{found.enclave.name: found.enclave.management for found in cut.enclaves},
    }
    return {**access.hosts, **{name: access.management_address(number) for name, number in own.items()}}
