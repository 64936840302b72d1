"""Is it a good city? Every rule, one table; each returns its findings and none stops another.

Shape and references are the loader's (`city.load.examine`); the rules run only on a city that can be trusted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from city.finding import Finding
from city.load import Examined, examine
from city.model import City
from city.rules import addresses, edges, people, planes, pools, private, systems, topology, totals

Rule = Callable[[City], Iterable[Finding]]

RULES: tuple[Rule, ...] = (
    totals.totals_add_up,
    people.owner_and_operator_apart,
    people.duties_are_held,
    people.rooms_belong,
    people.exemptions_are_allowed_by_others,
    systems.zones_hold_the_data,
    systems.tiers_have_backups,
    systems.new_systems_land_on_the_cloud,
    systems.databases_are_unique,
    systems.egress_follows_the_plane,
    systems.former_names_are_free,
    systems.needs_have_no_cycles,
    systems.groups_can_switch,
    pools.departments_have_pools,
    pools.zones_fit_their_pool,
    addresses.networks_are_large_enough,
    addresses.addresses_do_not_overlap,
    addresses.addresses_stay_in_the_pools,
    addresses.servers_are_in_their_lans,
    addresses.numbers_are_unique,
    addresses.ipv6_is_derived_uniquely,
    addresses.outside_has_its_own_ipv6,
    planes.targets_do_not_collide,
    planes.planes_do_not_leak,
    planes.interfaces_are_in_one_plane,
    planes.attachments_can_be_made,
    planes.shares_fit_a_line,
    planes.peers_are_elsewhere,
    planes.logins_keep_the_way_in,
    planes.gateways_are_shared_at_one_place,
    topology.every_node_is_dual_homed,
    topology.any_one_failure_is_survived,
    topology.lines_reach_the_planned_rate,
    private.private_data_lands_in_its_plane,
    private.private_ranges_are_decided,
    private.private_ranges_become_free_ones,
    private.private_hosts_are_in_their_ranges,
    private.private_names_are_free,
    edges.edges_can_serve,
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What checking a city's folder found."""

    examined: Examined
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """No error among the findings; notes are allowed."""
        return not any(finding.is_error for finding in self.findings)

    def as_data(self) -> dict[str, object]:
        city = self.examined.city
        counts = {key: totals.COUNTS[key](city) for key in SUMMARY} if city else {}
        return {
            "ok": self.ok,
            "city": city.name if city else self.examined.folder.name,
            **counts,
            "links": len(city.links) if city else 0,
            "rules": len(RULES),
            "findings": [finding.as_data() for finding in self.findings],
        }


SUMMARY = ("routers", "systems", "self_built", "departments", "counties", "zones", "towns", "centres")


def check_city(city: City) -> list[Finding]:
    """Every rule's findings, errors first."""
    found = [finding for rule in RULES for finding in rule(city)]
    return sorted(found, key=lambda finding: not finding.is_error)


def check_folder(name_or_folder: str) -> Verdict:
    """Read a city's folder and judge it, with each finding's place in the files."""
    examined = examine(name_or_folder)
    if examined.city is None or examined.findings:
        return Verdict(examined, examined.findings)
    return Verdict(examined, tuple(examined.locate(finding) for finding in check_city(examined.city)))
