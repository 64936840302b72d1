"""The name server through Ansible's door: record sets brought to what they shall be, written into the same trail."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from network.desk import folder_of
from network.dns.server import NameServer, Rrset, as_data, differing, in_zone_form, snapshot
from network.ipv6.main import name_server
from network.ipv6.shift import ZoneSets, zones
from network.rollout import load_rollout
from ops.approval import require
from ops.errors import UsageProblem
from ops.language import _
from ops.plan import JsonObject, digest
from playbooks.door import Surroundings, control_of, reached, surroundings


def dns_records(given: Mapping[str, str | None], records: Sequence[Mapping[str, Any]], *, check: bool) -> JsonObject:
    """Bring these sets, or those that the city asks for, to what they shall be: `changed`, and the text before and after."""
    here = surroundings(given)
    server = _server(here)
    wanted = _given(records) if records else _of_city(here, server)
    pending = {zone.zone: differing(server, zone.sets) for zone in wanted}
    sets = [one for found in pending.values() for one in found]
    before = snapshot(server, sets)
    if sets and not check:
        _update(here, server, pending)
    return {"changed": bool(sets), "sets": len(sets), "before": _text(before), "after": _text(sets)}


def _update(here: Surroundings, server: NameServer, pending: Mapping[str, Sequence[Rrset]]) -> None:
    """One update a zone, under a lease, by an approved plan where the city asks for one."""
    control = control_of(here, ("net", "ipv6", "verify"))
    plan = digest({zone: [as_data(one) for one in sets] for zone, sets in pending.items()})
    require(control, plan, f"dns-records {here.city.name}")
    with control.leases.hold(*(f"dns:{zone}" for zone in sorted(pending)), owner=control.author):
        for zone, sets in pending.items():
            if sets:
                server.update(zone, sets)
                names = sorted({one.name for one in sets})
                control.trail.append(
                    who=control.author, action="dns-records", subject=zone, outcome="done", plan_hash=plan, facts={"names": names}
                )


def _server(here: Surroundings) -> NameServer:
    server = name_server(reached(here))
    if server is None:
        raise UsageProblem(
            _("the access file names no name server"), hint=_("citynode lab up brings one; for a real city set `dns` in the access file")
        )
    return server


def _of_city(here: Surroundings, server: NameServer) -> tuple[ZoneSets, ...]:
    """What the city's data and the declared IPv6 state ask for."""
    rollout = load_rollout(folder_of(control_of(here, ()), here.city))
    server.check(here.city.address_plan.domain)
    return zones(here.city, server, tuple(here.city.router_by_name), rollout)


def _given(records: Sequence[Mapping[str, Any]]) -> tuple[ZoneSets, ...]:
    found: dict[str, list[Rrset]] = defaultdict(list)
    for one in records:
        values = in_zone_form(one["kind"], one["values"], one["zone"])
        found[one["zone"]].append(Rrset(one["name"], one["kind"], values, one["ttl"]))
    return tuple(ZoneSets(zone, tuple(sets)) for zone, sets in found.items())


def _text(sets: Sequence[Rrset]) -> str:
    return "".join(f"{one.name} {one.kind} {' '.join((str(one.ttl), *one.values)) if one.values else '-'}\n" for one in sorted(sets))
