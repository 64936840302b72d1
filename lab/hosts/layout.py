"""Which self-built system gets which host, port and folder: pure, from the city and its lab.yaml.

A host is the site's gateway node; several systems at one site share it and get a database server each.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

from city.addressing import addressing
from city.model import City
from lab.spec import LabSpec
from ops.errors import UsageProblem
from ops.language import _

FIRST_PORT = 5432


@dataclass(frozen=True, slots=True)
class SystemHost:
    """A system where it runs today."""

    system: str
    site: str
    ipv4: IPv4Address
    ipv6: IPv6Address
    database: str
    database_port: int
    app_port: int
    files: str
    seed_mb: float

    @property
    def cluster(self) -> str:
        """The folder of its database server, as the host sees it."""
        return f"/srv/postgresql/{self.system}"


def hosts_of(city: City, spec: LabSpec) -> tuple[SystemHost, ...]:
    """Every host that the lab builds, in the order of lab.yaml."""
    plan = addressing(city)
    found: list[SystemHost] = []
    for entry in spec.hosts:
        system = city.system_by_name[entry.system]
        lan, workload = plan.lan(system.runs_at), system.workload
        if lan is None or workload is None or workload.database is None or workload.files is None:
            raise UsageProblem(
                _("the lab can't build a host for {name}").format(name=system.name),
                why=_("it needs a site with a LAN and a workload with database and files"),
                hint=_("complete its workload in systems.yaml, or take it out of lab.yaml"),
            )
        port = FIRST_PORT + sum(1 for other in found if other.site == system.runs_at)
        found.append(
            SystemHost(
                system.name, system.runs_at, lan.ipv4.ip, lan.ipv6.ip, workload.database, port, workload.port, workload.files, entry.seed_mb
            )
        )
    return tuple(found)
