"""Break things on purpose, and mend them: the fault is noted first, then carried out.

    link     cut (both ends dark) or degraded to a rate
    router   stopped: no process, no light on any interface
    host     a department's or the province's node powered off
    centre   dark: alive inside, reached by nobody

Healing takes the fault out of the set and makes everything what the remaining faults say.
"""

from __future__ import annotations

from collections.abc import Iterable

from city.model import SiteKind
from lab import namespace, processes
from lab.box import Box
from lab.errors import LabFailed
from lab.fault import Fault, FaultKind, off_nodes
from lab.parts import all_parts
from lab.private.layout import Layout
from lab.private.part import enforce as enforce_private
from lab.up import run_parts
from lab.wires.ends import MANAGEMENT
from lab.wires.lan import power_cut
from lab.wires.netlink import Netlink
from lab.wires.part import settle
from ops.errors import UsageProblem
from ops.language import _
from ops.progress import Progress
from ops.suggest import unknown


def make_fault(box: Box, kind: FaultKind, name: str, rate_mbit: float | None = None) -> Fault:
    """The fault that the words mean, checked against what the lab has."""
    if rate_mbit is not None and (kind != "link" or rate_mbit <= 0):
        raise UsageProblem(_("only a link has a --rate, in Mbit/s and above zero"), hint="citynode lab break link NAME --rate 5")
    if kind == "host":
        name = _host(box, name)
    known = breakable(box)[kind]
    if name not in known:
        raise unknown(kind, name, known)
    have = rates(box).get(name, 0) if kind == "link" else 0
    if rate_mbit is not None and rate_mbit >= have:
        raise UsageProblem(
            _("{rate_mbit:g} Mbit/s would not degrade {name}").format(rate_mbit=rate_mbit, name=name),
            why=_("it carries {have} Mbit/s").format(have=have),
            hint=_("give a lower --rate"),
        )
    return Fault(kind=kind, name=name, rate_mbit=rate_mbit)


def breakable(box: Box) -> dict[FaultKind, frozenset[str]]:
    """What can be broken, by kind."""
    centres = {site.name for site in box.city.centres}
    private = _private(box)
    return {
        "link": frozenset(rates(box)),
        "router": frozenset(router.name for router in (*box.city.routers, *private.edge_routers, *private.gateways)),
        "host": frozenset((*(name for name in box.spec.sites if name not in centres), *(member.name for member in private.members))),
        "centre": frozenset(name for name in box.spec.sites if name in centres),
    }


def rates(box: Box) -> dict[str, float]:
    """What every link and every line of a private network carries, in Mbit/s."""
    return {**{link.name: float(link.rate_mbit) for link in box.links}, **{line.name: line.rate_mbit for line in _private(box).lines}}


def _private(box: Box) -> Layout:
    """The private networks that are built; a part that a killed `lab up` left half made counts for nothing."""
    is_built = box.record.facts.parts.get("private") == "up"
    return Layout(box.city if is_built else box.city.model_copy(update={"private_networks": (), "enclaves": ()}))


def break_it(box: Box, fault: Fault) -> None:
    """Carry the fault out; breaking what is broken already changes at most its rate."""
    _require_frame(box)
    others = tuple(old for old in box.record.facts.faults if (old.kind, old.name) != (fault.kind, fault.name))
    box.record.change(faults=(*others, fault))
    enforce(box)


def enforce(box: Box) -> None:
    """Make links and nodes what the noted faults say."""
    sockets = {node: Netlink(box.netns(node)) for node in box.nodes}
    try:
        settle(box, sockets)
    finally:
        for socket in sockets.values():
            socket.__exit__()
    if _private(box).lines:
        enforce_private(box)
    off = [box.netns(node) for node in off_nodes(box.record.facts.faults)]
    processes.end_all(lambda: processes.within(off))


def heal(box: Box, names: Iterable[str], progress: Progress) -> tuple[Fault, ...]:
    """Take these faults away (all without a name) and bring back what they stopped; returns what was healed."""
    _require_frame(box)
    names = tuple(names)
    known = frozenset().union(*breakable(box).values())
    wanted = {name if name in known else _host(box, name) for name in names}
    for name in wanted - known:
        raise unknown("link, router, host or centre", name, known)
    healed = tuple(fault for fault in box.record.facts.faults if not names or fault.name in wanted)
    off_before = off_nodes(box.record.facts.faults)
    left = tuple(fault for fault in box.record.facts.faults if fault not in healed)
    back = off_before - off_nodes(left)
    processes.end_all(lambda: processes.within(box.netns(node) for node in back))  # a killed `break` may have left some
    for node in (node for node in back if namespace.exists(box.netns(node))):
        with Netlink(box.netns(node)) as socket:
            socket.flush_addresses(keep=frozenset({MANAGEMENT, "lo"}))
            power_cut(socket)
    box.record.change(faults=left)
    enforce(box)
    if back:
        run_parts(box, [part for part in all_parts() if part.name in box.record.facts.parts], progress)
    return healed


def _require_frame(box: Box) -> None:
    """Refuse to touch a lab whose frame isn't all there: a `lab up` or `lab down` was killed on its way."""
    is_whole = box.record.facts.parts.get("wires") == "up" and all(namespace.exists(box.netns(node)) for node in box.nodes)
    if not is_whole:
        raise LabFailed(
            _("the lab '{name}' is half made").format(name=box.name),
            why=_("its namespaces and links are not all there"),
            hint=f"citynode lab up --city {box.record.facts.city} --name {box.name}",
        )


def _host(box: Box, name: str) -> str:
    """A host's site: a system's name stands for the host that runs it."""
    system = box.city.system_by_name.get(name)
    if system and any(host.system == name for host in box.spec.hosts):
        return system.runs_at
    site = box.city.site_by_name.get(name)
    if site and site.kind is SiteKind.CENTRE:
        raise UsageProblem(_("{name} is a centre, not a host").format(name=name), hint=f"citynode lab break centre {name}")
    return name
