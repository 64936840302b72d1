"""What a move is, as data: the system, where it runs, where it goes, and the names it carries everywhere. Pure.

Names of publications, subscriptions and slots hold the system's name; their comments hold the change id, so that a
resumed run can ask the databases what was done.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address

from city.addressing import addressing
from city.model import City, SiteKind, System, Workload
from ops.access import Access, Ssh
from ops.errors import PolicyRefused, UsageProblem
from ops.language import _
from ops.suggest import unknown

HEADROOM = 0.2
"""The part of a department's link that a move never takes: its daily service goes on."""
FIRST_PORT = 21000


@dataclass(frozen=True, slots=True)
class Move:
    """One system on its way from its department's room to the production centre."""

    system: System
    workload: Workload
    database: str
    files: str
    source: str
    source_lan: IPv4Address
    target: str
    """The centre in whose landing zone it runs afterwards."""
    centres: tuple[str, ...]
    """The city centres that may lead its database."""
    group: str
    """The DR group whose database cluster takes it in."""
    target_lans: tuple[IPv4Address, ...]
    """Where the target's databases listen: both city centres."""
    peers: tuple[IPv4Address, ...]
    """Every address under which the target's centres may come."""
    name_servers: tuple[IPv4Address, ...]
    domain_name: str
    link_mbit: int
    share_mbit: float
    number: int

    @property
    def tag(self) -> str:
        """The name of everything that the move makes in databases."""
        return f"citynode_{self.system.name.replace('-', '_')}"

    @property
    def mark(self) -> str:
        """What the move writes into comments, before the change id."""
        return f"citynode move of {self.system.name}:"

    @property
    def back(self) -> str:
        """The same for the way back."""
        return f"{self.tag}_back"

    @property
    def database_port(self) -> int:
        return FIRST_PORT + 2 * self.number

    @property
    def files_port(self) -> int:
        return FIRST_PORT + 2 * self.number + 1


def link_mbit(city: City, site: str) -> int:
    """The rate of the slowest link of a site: a flow takes one of them."""
    rates = [link.rate_mbit for link in city.links_of(site)]
    if not rates:
        raise UsageProblem(_("{site} has no link to the extranet").format(site=site), hint="citynode city check")
    return min(rates)


def share_mbit(city: City, site: str) -> float:
    """What moves may take of a site's link: what the busy hour of its systems leaves, at least a quarter, at most all but the headroom."""
    rate = link_mbit(city, site)
    busy = sum(system.bandwidth_mbit for system in city.systems if system.runs_at == site)
    return round(max(rate * 0.25, min(rate - busy, rate * (1 - HEADROOM))), 3)


def find_system(city: City, name: str) -> System:
    """The system of that name, which must be one that can move."""
    system = city.system_by_name.get(name)
    if system is None:
        raise unknown(_("system"), name, city.system_by_name)
    if city.site_by_name[system.runs_at].kind is SiteKind.CENTRE:
        raise PolicyRefused(
            _("{system} runs on the city node already").format(system=name),
            why=_("it runs at {site}").format(site=system.runs_at),
            hint="citynode city show systems",
        )
    return system


def plan_move(city: City, name: str) -> Move:
    """The move of a system to the production centre; UsageProblem when the city doesn't know enough of it."""
    system = find_system(city, name)
    workload = system.workload
    if workload is None or workload.database is None or workload.files is None:
        movable = [each.name for each in city.systems if each.workload]
        raise UsageProblem(
            _("{system} has not been inventoried: its workload is not known").format(system=name),
            why=_("systems.yaml says neither its database nor its files"),
            hint=_("add `workload` to it; systems that can move: {names}").format(names=", ".join(movable[:8]) or "-"),
        )
    plan, group = addressing(city), next((group for group in city.groups if name in group.systems), None) or city.groups[0]
    centres = group.centres
    lans = {site.name: plan.lan(site.name) for site in city.sites}
    source, targets = lans[system.runs_at], [lans[centre] for centre in centres]
    if source is None:
        raise UsageProblem(_("{site} has no local network").format(site=system.runs_at), hint=_("give the site a `lan`"))
    addresses = tuple(lan.ipv4.ip for lan in targets if lan is not None)
    links = tuple(end.ipv4.ip for centre in centres for end in plan.interfaces(centre))
    return Move(
        system=system,
        workload=workload,
        database=workload.database,
        files=workload.files,
        source=system.runs_at,
        source_lan=source.ipv4.ip,
        target=centres[0],
        centres=centres,
        group=group.name,
        target_lans=addresses,
        peers=(*addresses, *links),
        name_servers=tuple(lan.ipv4.ip for lan in (lans[site.name] for site in city.centres[:2]) if lan is not None),
        domain_name=f"{name}.{city.address_plan.domain}",
        link_mbit=link_mbit(city, system.runs_at),
        share_mbit=share_mbit(city, system.runs_at),
        number=[each.name for each in city.systems].index(name),
    )


def host_login(access: Access, site: str) -> tuple[IPv4Address, Ssh]:
    """The management address of a site's host, and the login there."""
    if site not in access.hosts or access.host_ssh is None:
        raise UsageProblem(
            _("the access file names no host at {site}").format(site=site),
            why=_("known: {names}").format(names=", ".join(access.hosts) or "-"),
            hint=_("add it under `hosts` and give `host_ssh`"),
        )
    return access.hosts[site], access.host_ssh


def vantage_of(city: City, access: Access, move: Move, wanted: str = "") -> str:
    """The site from which users are played: the one asked for, else the province, else another room; never one of the two sides."""
    usable = [site for site in city.sites if site.name in access.hosts and site.kind is not SiteKind.CENTRE and site.name != move.source]
    names = [site.name for site in usable]
    if wanted:
        if wanted not in names:
            raise unknown(_("site with users"), wanted, names)
        return wanted
    for kind in (SiteKind.PROVINCE, SiteKind.ROOM):
        for site in usable:
            if site.kind is kind:
                return site.name
    raise UsageProblem(
        _("there is no site from which users could be played"),
        why=_("the access file names no host outside the two sides of the move"),
        hint=_("add one under `hosts`, or bring up the lab's part `sites`"),
    )
