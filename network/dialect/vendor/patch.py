"""Running against intended on a VRP or Comware router: what differs, and the lines in the order that breaks nothing. Pure.

The order is ours: additions first, definitions before their users; then removals, users before their definitions. So a new
route, neighbour or filter stands before the old one goes, a filter exists before it is bound and is unbound before it is removed.
Only where a device can't hold both does the old line go first, right before its successor. What the device drops by itself
(addresses when an interface changes its plane, everything about a neighbour when its system changes) is typed again, not cancelled.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from network.dialect.secrets import MASKED, masked
from network.dialect.vendor.kind import AFTER, BESIDE, OVER
from network.dialect.vendor.kinds import Known, known
from network.dialect.vendor.ours import Lines, ours
from network.dialect.vendor.rulebook import cancels
from network.dialect.vendor.steps import Order, Step, commands
from network.dialect.vendor.wipes import wiped
from network.patch import Change, NoPatch, Patch
from network.tree import Node, Path, Tree
from ops.language import _

Place = tuple[Path, str]
"""A line, with the sections around it."""

MAKE, BREAK = 1, 2


@dataclass(frozen=True, slots=True)
class Difference:
    """Our lines on both sides, and what comes, goes and has to be typed again."""

    have: Lines
    want: Lines
    come: tuple[Place, ...]
    gone: tuple[Place, ...]
    again: tuple[Place, ...]


def patch(running: Tree, intended: Tree, model: str) -> Patch:
    """What brings a router of this model to the intended configuration."""
    named = {masked(node.line): node.line for _path, node in intended.walk()}
    have, want = _masked(running), _masked(intended)
    _same_system(have, want)
    difference = _difference(ours(have, want), ours(want, have))
    steps = [*_makes(difference, named), *_breaks(difference, model)]
    return Patch(tuple(_changes(difference)), commands(steps))


def _same_system(have: Tree, want: Tree) -> None:
    """A router is in one autonomous system: changing that drops every neighbour, others' too, so it is nobody's by-catch."""
    old, new = ([node.line.split(" ")[1] for node in tree.nodes if node.line.startswith("bgp ")] for tree in (have, want))
    if old and new and old[0] != new[0]:
        raise NoPatch(
            _("BGP runs as system {old}, and the city says {new}").format(old=old[0], new=new[0]),
            why=_("changing it drops every neighbour, those of others too, and VRP 8 needs two commits for it"),
            hint=_("mend extranet.asn; or, in a maintenance window, `undo bgp {old}` by hand and push then").format(old=old[0]),
        )


def _masked(tree: Tree) -> Tree:
    """The lines as they are compared: without secrets."""

    def clean(node: Node) -> Node:
        return Node(masked(node.line), tuple(clean(child) for child in node.children))

    return Tree(tuple(clean(node) for node in tree.nodes))


def _difference(have: Lines, want: Lines) -> Difference:
    come = tuple((path, line) for path, lines in want.items() for line in lines if line not in have.get(path, {}))
    gone = tuple(
        (path, line) for path, lines in have.items() for line in lines if line not in want.get(path, {}) and not _stays(path, line, want)
    )
    taken = frozenset((*path, line) for path, line in gone)
    lost = frozenset(wiped((place for place in gone if not _is_inside(place[0], taken)), have))
    again = tuple((path, line) for path, lines in want.items() for line in lines if (path, line) in lost and line in have.get(path, {}))
    cancelled = tuple((path, line) for path, line in gone if (path, line) not in lost and not _is_inside(path, taken))
    return Difference(have, want, come, cancelled, again)


def _stays(path: Path, line: str, want: Lines) -> bool:
    """Lines that others may rely on are never taken away, unless their successor comes."""
    found = known(path, line)
    if found is None or not found.kind.stays:
        return found is None
    successors = (known(path, other) for other in want.get(path, {}))
    return not any(other is not None and other.key == found.key and other.kind is found.kind for other in successors)


def _is_inside(path: Path, taken: frozenset[Path]) -> bool:
    """Whether a section around the line goes as a whole."""
    return any(path[:depth] in taken for depth in range(1, len(path) + 1))


def _makes(difference: Difference, named: dict[str, str]) -> Iterator[Step]:
    """Additions, and what has to go right before them."""
    for path, line in dict.fromkeys((*difference.come, *difference.again)):
        found = known(path, line)
        if found is None or MASKED in named.get(line, line):
            continue
        inside = difference.want.get((*path, line))
        if inside:  # its lines bring the section with them
            continue
        opens = bool(found.kind.inside or found.kind.opens)
        yield Step(_order(MAKE, path, found, difference.want, line), path, named.get(line, line), opens=opens)


def _breaks(difference: Difference, model: str) -> Iterator[Step]:
    """Removals; those of a line whose successor can't stand beside it come right before that successor."""
    coming = {found.key_in(path) for path, line in difference.come if (found := known(path, line))}
    left = []
    for path, line in difference.gone:
        found = known(path, line)
        if found is None or (found.kind.manner is OVER and found.key_in(path) in coming):
            continue
        left.append((path, line, found))
    asked = cancels(model, ((path, line) for path, line, found in left if not found.undo()))
    again = {path for path, _line in difference.again}
    for path, line, found in left:
        command = found.undo() or asked.get((path, line)) or f"undo {line}"
        first = found.kind.manner is AFTER and (found.key_in(path) in coming or path in again)
        order = (
            _order(MAKE, path, found, difference.have, line, before=True) if first else _order(BREAK, path, found, difference.have, line)
        )
        yield Step(order, path, command)


def _order(phase: int, path: Path, found: Known, lines: Lines, line: str, *, before: bool = False) -> Order:
    """Where a step stands: by the ranks of the sections around it and its own, forwards in making and backwards in breaking."""
    sign = 1 if phase == MAKE else -1
    around = [known(path[:depth], path[depth]) for depth in range(len(path))]
    ranks = tuple((sign * (entry.kind.rank if entry else 0), path[depth]) for depth, entry in enumerate(around))
    seat = list(lines.get(path, {})).index(line) if line in lines.get(path, {}) else 0
    return (phase, *ranks, (sign * found.kind.rank, ""), (0 if before else 1, ""), (sign * seat, ""))


def _changes(difference: Difference, path: Path = ()) -> Iterator[Change]:
    """The difference as people read it: section by section, what goes before what comes."""
    have, want = difference.have.get(path, {}), difference.want.get(path, {})
    for line in have:
        if line in want:
            continue
        if not _stays(path, line, difference.want):
            found = known(path, line)
            yield Change("-", path, line, disruptive=bool(found and found.kind.disruptive))
        yield from _changes(difference, (*path, line))
    for line in want:
        if line not in have:
            yield Change("+", path, line, disruptive=_hurts(path, line, difference.have))
        yield from _changes(difference, (*path, line))


def _hurts(path: Path, line: str, have: Lines) -> bool:
    """Whether adding the line can drop what stands: it changes a line, or joins one that it decides about."""
    found = known(path, line)
    old = have.get(path, {})
    if found is None or not old:
        return False
    kinds = [entry for before in old if (entry := known(path, before))]
    changes = found.kind.manner is not BESIDE and any(entry.kind is found.kind and entry.key == found.key for entry in kinds)
    joins = any(entry.kind.name == found.kind.hurts_beside for entry in kinds)
    return found.kind.hurts_new or joins or (found.kind.disruptive and changes)
