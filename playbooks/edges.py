"""The content edges (CDN) through Ansible's door: brought to what the city says, written into the same trail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from network.devices.shells import SshShells
from network.edges.push import PendingEdge, plan_edges, push_edges
from ops.plan import JsonObject
from playbooks.door import control_of, reached, surroundings


def cdn_edges(given: Mapping[str, str | None], names: Sequence[str], *, check: bool) -> JsonObject:
    """Bring these edges, or all, to what the city says: `changed`, which ones, and the configurations before and after."""
    here = surroundings(given)
    access = reached(here)
    shells = SshShells(access.hosts, access)
    plan = plan_edges(here.city, shells, names)
    if not check:
        push_edges(control_of(here, ("net", "edges", "push")), shells, plan)
    return {
        "changed": bool(plan.pending),
        "edges": [one.edge.name for one in plan.pending],
        "plan": plan.plan_hash,
        "diff": [_diff(one) for one in plan.pending],
    }


def _diff(one: PendingEdge) -> JsonObject:
    header = f"{one.edge.site}:{one.place.folder}/nginx.conf"
    stale = " (written, but not what runs)" if one.is_only_to_take_up else ""
    before = f"{one.before}# not what runs\n" if one.is_only_to_take_up else one.before
    return {"before_header": header + stale, "after_header": header, "before": before, "after": one.wanted.text}
