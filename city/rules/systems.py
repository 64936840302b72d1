"""Whether every system has what the plan asks of it: a zone that holds its data, a backup for its tier, needs that can be met."""

from __future__ import annotations

from collections.abc import Iterator

from city.finding import Finding
from city.model import CentreRole, City, Egress, Isolation, SiteKind, SystemState, Tier
from ops.language import _

GIB = 1024**3


def zones_hold_the_data(city: City) -> Iterator[Finding]:
    """The landing zone's storage is larger than the system's data."""
    for index, system in enumerate(city.systems):
        if system.data_gb * 1e9 > system.quota.storage_gib * GIB:
            yield Finding(
                "zone",
                _("{data_gb:g} GB of data don't fit a zone of {storage_gib} GiB").format(
                    data_gb=system.data_gb, storage_gib=system.quota.storage_gib
                ),
                _("raise quota.storage_gib"),
                ("systems", index, "quota"),
            )


def tiers_have_backups(city: City) -> Iterator[Finding]:
    """A system with a DR tier that runs in the city is backed up."""
    for index, system in enumerate(city.systems):
        elsewhere = city.site_by_name[system.runs_at].kind is SiteKind.PROVINCE
        if system.tier is not Tier.NONE and system.backup is None and not elsewhere:
            yield Finding(
                "no-backup",
                _("tier '{tier}' without a backup").format(tier=system.tier),
                _("add backup: {every_hours: …, keep_days: …}"),
                ("systems", index),
            )


def new_systems_land_on_the_cloud(city: City) -> Iterator[Finding]:
    """What is in construction is built in a centre, nowhere else."""
    for index, system in enumerate(city.systems):
        if system.state is SystemState.CONSTRUCTION and city.site_by_name[system.runs_at].kind is not SiteKind.CENTRE:
            yield Finding(
                "new-on-cloud",
                _("a new system is built at '{runs_at}'").format(runs_at=system.runs_at),
                _("new systems land on the cloud: name a centre"),
                ("systems", index, "runs_at"),
            )


def databases_are_unique(city: City) -> Iterator[Finding]:
    """All databases land on one cluster, so no two share a name."""
    seen: dict[str, str] = {}
    for index, system in enumerate(city.systems):
        database = system.workload.database if system.workload else None
        if database is not None and (first := seen.setdefault(database, system.name)) != system.name:
            yield Finding(
                "duplicate",
                _("database '{database}' is the one of system '{first}'").format(database=database, first=first),
                _("give each system its own"),
                ("systems", index, "workload", "database"),
            )


def egress_follows_the_plane(city: City) -> Iterator[Finding]:
    """Only a system on a plane with egress may call the internet; one on a strongly isolated plane calls nobody but by name."""
    for index, system in enumerate(city.systems):
        if system.egress is not Egress.CLOSED and city.plane_by_name[system.plane].isolation is Isolation.STRONG:
            yield Finding(
                "egress",
                _("the plane '{plane}' is strongly isolated").format(plane=system.plane),
                _("set egress to closed; name the systems that it calls under needs"),
                ("systems", index, "egress"),
            )
            continue
        if system.egress is Egress.INTERNET and not city.plane_by_name[system.plane].egress:
            yield Finding(
                "egress",
                _("the plane '{plane}' has no way to the internet").format(plane=system.plane),
                _("set egress to city or closed, or move the system to a plane with egress"),
                ("systems", index, "egress"),
            )


def former_names_are_free(city: City) -> Iterator[Finding]:
    """A name that a system had before is no system's name now, and no other's before."""
    taken: dict[str, str] = {system.name: system.name for system in city.systems}
    for index, system in enumerate(city.systems):
        for position, name in enumerate(system.was):
            if (holder := taken.setdefault(name, system.name)) != system.name or name == system.name:
                yield Finding(
                    "former-name",
                    _("the name '{name}' is one of system '{holder}'").format(name=name, holder=holder),
                    _("only a name that nobody else has or had can have been its own"),
                    ("systems", index, "was", position),
                )


def needs_have_no_cycles(city: City) -> Iterator[Finding]:
    """No system needs itself by way of others: such systems could never start in order."""
    import networkx as nx

    graph = nx.DiGraph((system.name, need) for system in city.systems for need in system.needs)
    order = {system.name: index for index, system in enumerate(city.systems)}
    for tangle in nx.strongly_connected_components(graph):
        first = min(tangle, key=lambda name: order[name])
        if len(tangle) > 1 or graph.has_edge(first, first):
            around = [edge[0] for edge in nx.find_cycle(graph.subgraph(tangle), first)]
            yield Finding(
                "cycle",
                _("these systems need each other: {value}").format(value=" -> ".join([*around, around[0]])),
                _("cut one of the needs"),
                ("systems", order[first], "needs"),
            )


def groups_can_switch(city: City) -> Iterator[Finding]:
    """A DR group switches systems of the application tier between the two same-city centres; a system is in one group."""
    roles = {site.name: site.role for site in city.sites}
    taken: dict[str, str] = {}
    for index, group in enumerate(city.groups):
        if {roles[centre] for centre in group.centres} != {CentreRole.PRODUCTION, CentreRole.SAME_CITY}:
            yield Finding(
                "group", _("its centres are not the production and the same-city centre"), _("name these two"), ("groups", index, "centres")
            )
        if roles[group.remote] is not CentreRole.REMOTE:
            yield Finding(
                "group",
                _("'{remote}' is not the remote centre").format(remote=group.remote),
                _("name the centre of role remote"),
                ("groups", index, "remote"),
            )
        for position, name in enumerate(group.systems):
            place = ("groups", index, "systems", position)
            if city.system_by_name[name].tier is not Tier.APPLICATION:
                yield Finding("group", _("'{name}' is not of the application tier").format(name=name), _("only such systems switch"), place)
            if (first := taken.setdefault(name, group.name)) != group.name:
                yield Finding(
                    "group",
                    _("'{name}' is in group '{first}' too").format(name=name, first=first),
                    _("a system switches with one group"),
                    place,
                )
