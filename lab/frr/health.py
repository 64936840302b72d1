"""How a node with FRR is: its daemons, its neighbours, and whether the kernel forwards by what they found."""

from __future__ import annotations

from lab.box import Box
from lab.frr import forwarding, vty
from lab.frr.daemons import daemons, folders
from lab.part import Health
from ops.errors import Unreachable
from ops.language import _


def health(box: Box, node: str, kind: str, expected: int) -> Health:
    """Down without zebra, ospfd or any neighbour; degraded with less than the expected neighbours, daemons or routes; else up."""
    if box.is_off(node):
        return Health(kind, node, "down", _("stopped by lab break"))
    gone = [daemon for daemon in daemons(box, node) if not box.alive(node, daemon)]
    if "zebra" in gone or "ospfd" in gone:
        return Health(kind, node, "down", _("not running: {names}").format(names=", ".join(gone)))
    wanting = troubles(box, node)
    if gone:
        wanting.append(_("not running: {names}").format(names=", ".join(gone)))
    try:
        full = len(neighbours(box, node))
    except Unreachable as silent:
        return Health(kind, node, "down", "; ".join((str(silent), *wanting)))
    detail = "; ".join((_("{count} of {expected} OSPF neighbours").format(count=full, expected=expected), *wanting))
    return Health(kind, node, "down" if expected and not full else "degraded" if wanting or full < expected else "up", detail)


def troubles(box: Box, node: str) -> list[str]:
    """What keeps the kernel from forwarding as the daemons decided."""
    try:
        lost = sorted(forwarding.lost(box, node))
    except Unreachable as silent:
        return [str(silent)]
    if not lost:
        return []
    names = ", ".join(lost[:3]) + (" …" if lost[3:] else "")
    return [_("{count} routes are missing in the kernel: {names}").format(count=len(lost), names=names)]


def neighbours(box: Box, node: str) -> tuple[str, ...]:
    """The router ids of the node's full OSPF neighbours."""
    answer = vty.ask_json(folders(box, node)[1] / "ospfd.vty", "show ip ospf neighbor json")
    found = answer.get("neighbors", {})
    return tuple(
        name
        for name, entries in found.items()
        for entry in entries
        if str(entry.get("nbrState", entry.get("state", ""))).startswith("Full")
    )
