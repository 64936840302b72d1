"""Bring every router that a change touched back to the snapshot from before it, wave by wave, the edge first.

Written into the journal as a change of its own, so that the snapshots of the first stay what they are. Refuses to stop
at the first router that won't go back: all are tried, and those that failed are named.
"""

from __future__ import annotations

from collections.abc import Iterable

from city.model import City
from network.compare import snapshot_target
from network.desk import Desk
from network.dns.server import NameServer, Rrset
from network.errors import RollbackFailed
from network.ipv6.records import reverse_zone
from network.push.journal import KEPT, ROLLED_BACK, UNCHANGED, touched_by
from network.push.plan import Order, waves
from network.push.wave import WaveRun
from network.rollout import Rollout
from ops.language import _


def restore_devices(desk: Desk, change_id: str, before: Rollout) -> list[str]:
    """The routers that were put back; RollbackFailed names those that could not be."""
    log = desk.journal.open(change_id)
    texts = {name: log.before(name) for name in touched_by(log)}
    wanted = {name: snapshot_target(desk.city, name, text) for name, text in texts.items() if text is not None}
    undo = desk.journal.open(f"{change_id}-undo")
    undo.describe({"kind": "net-rollback", "of": change_id, "author": desk.control.author, "devices": sorted(wanted)})
    back: list[str] = []
    for wave in waves(desk.city, wanted, Order.EDGE_FIRST):
        for outcome in WaveRun(desk, undo, wave, wanted, before.routers).run():
            if outcome.state in (KEPT, UNCHANGED):
                log.note(outcome.device, ROLLED_BACK)
                back.append(outcome.device)
    stuck = sorted(set(wanted) - set(back))
    if stuck:
        raise RollbackFailed(
            _("these routers could not be put back: {names}").format(names=", ".join(stuck)),
            why=_("they did not answer, or did not take their snapshot"),
            hint=f"citynode net rollback --change {change_id}",
        )
    return back


def restore_names(city: City, server: NameServer, held: Iterable[Rrset]) -> int:
    """Bring names and pointers back to what they held, zone by zone; how many there are."""
    sets = tuple(held)
    for zone, kind in ((city.address_plan.domain, "AAAA"), (reverse_zone(city), "PTR")):
        if mine := [rrset for rrset in sets if rrset.kind == kind]:
            server.update(zone, mine)
    return len(sets)
