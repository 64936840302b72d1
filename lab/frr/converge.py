"""Wait until the routing protocol has found every neighbour that it can find."""

from __future__ import annotations

import time

from lab.box import Box
from lab.fault import is_cut
from lab.frr import daemons
from lab.frr.health import neighbours
from ops.errors import Unreachable
from ops.language import _
from ops.progress import Progress

PATIENCE = 60.0


def wanted(box: Box) -> dict[str, int]:
    """How many neighbours each node can have: one for every link that isn't cut."""
    faults = box.record.facts.faults
    counts = dict.fromkeys(box.nodes, 0)
    for link in box.links:
        if not is_cut(link, faults):
            counts[link.a.node] += 1
            counts[link.b.node] += 1
    return {node: count for node, count in counts.items() if daemons.is_configured(box, node)}


def wait(box: Box, progress: Progress, *, patience: float = PATIENCE) -> None:
    """Return when every node has its neighbours; after `patience` say who hasn't and go on: `lab status` keeps showing it."""
    left = wanted(box)
    missing = {
        node
        for link in box.links
        for node, peer in ((link.a.node, link.b.node), (link.b.node, link.a.node))
        if node in left and peer not in left
    }
    left = {node: count for node, count in left.items() if node not in missing}  # some of the lab isn't brought up: nobody to find there
    total, until = len(left), time.monotonic() + patience
    while left and time.monotonic() < until:
        left = {node: count for node, count in left.items() if _found(box, node) < count}
        progress.step(_("routing settles"), done=total - len(left), total=total)
        if left:
            time.sleep(0.3)
    if left:
        progress.note(_("routing did not settle at {value}; see citynode lab status").format(value=", ".join(sorted(left)[:5])))


def _found(box: Box, node: str) -> int:
    try:
        return len(neighbours(box, node))
    except Unreachable:
        return 0
