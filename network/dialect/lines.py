"""The patch of a language whose lines stand outside of sections, in sections, or in sections of these: FRR's. Pure.

Make before break: processes and additions come before removals, so that a new address or adjacency stands before
the old one goes; a line that takes another's place is typed over it. Removals go the other way round, users before what they use.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from network.dialect.base import LineRules
from network.patch import Change, Patch
from network.tree import Node, Path, Tree

_Lines = dict[Path, dict[str, None]]

_Order = tuple[int, int, str, int, str, int]

MAKE, BREAK = 1, 2


@dataclass(frozen=True, slots=True)
class _Step:
    """A command, and where it stands in the patch."""

    order: _Order
    path: Path
    command: str


@dataclass(frozen=True, slots=True)
class _Difference:
    """What goes and what comes in one section."""

    path: Path
    gone: tuple[str, ...]
    come: tuple[str, ...]

    @property
    def head(self) -> str:
        return self.path[0] if self.path else ""


def line_patch(running: Tree, intended: Tree, rules: LineRules) -> Patch:
    """The patch that brings `running` to `intended`, in the lines that we own."""
    have, want = _owned(running, rules), _owned(intended, rules)
    found = [_difference(path, have, want, rules) for path in [*want, *(path for path in have if path not in want)]]
    changes: list[Change] = []
    steps: list[_Step] = []
    for each in found:
        old, new = ((each.head,) in lines for lines in (have, want))
        is_whole = old is not new and bool(each.path) and rules.may_remove_section(each.head)
        if is_whole and each.path == (each.head,):
            changes.append(Change("+" if new else "-", (), each.head, disruptive=old))
        changes += _changes(each, _keys(have, each.head, rules), rules)
        if not (is_whole and old):
            steps += _steps(each, _falling(found, each.head, rules), rules)
        elif each.path == (each.head,):
            steps.append(_Step((BREAK, -rules.section_rank(each.head), each.head, 0, "", 0), (), f"no {each.head}"))
    return Patch(tuple(changes), _commands(sorted(steps, key=lambda step: step.order), rules))


def _owned(tree: Tree, rules: LineRules) -> _Lines:
    """Our lines by section; an empty process section still counts."""
    found: _Lines = {}
    if outside := {node.line: None for node in tree.nodes if rules.rule((), node.line)}:
        found[()] = outside
    for node in tree.nodes:
        if rules.owns_section(node.line):
            _collect((node.line,), node.children, rules, found)
    return found


def _collect(path: Path, nodes: Iterable[Node], rules: LineRules, found: _Lines) -> None:
    lines = found.setdefault(path, {})
    for node in nodes:
        if rules.opens(path, node.line):
            _collect((*path, node.line), node.children, rules, found)
        elif rules.rule(path, node.line):
            lines[node.line] = None


def _difference(path: Path, have: _Lines, want: _Lines, rules: LineRules) -> _Difference:
    old, new = have.get(path, {}), want.get(path, {})
    come = tuple(line for line in new if line not in old)
    coming = {rule.key for line in come if (rule := rules.rule(path, line))}
    goes_whole = bool(path) and path[:1] not in want and rules.may_remove_section(path[0])

    def goes(line: str) -> bool:
        rule = rules.rule(path, line)
        return line not in new and rule is not None and (goes_whole or not rule.stays or rule.key in coming)

    return _Difference(path, tuple(line for line in old if goes(line)), come)


def _keys(lines: _Lines, head: str, rules: LineRules) -> frozenset[str]:
    """What a section and those in it say something about."""
    inside = ((path, line) for path, held in lines.items() if path and path[0] == head for line in held)
    return frozenset(rule.key for path, line in inside if (rule := rules.rule(path, line)))


def _falling(found: Iterable[_Difference], head: str, rules: LineRules) -> frozenset[str]:
    """What goes in a section without a successor: the device drops what hangs on it."""
    keys: set[str] = set()
    for each in found:
        if each.path and each.head == head:
            gone, come = ({rule.key for line in lines if (rule := rules.rule(each.path, line))} for lines in (each.gone, each.come))
            keys |= gone - come
    return frozenset(keys)


def _changes(each: _Difference, known: frozenset[str], rules: LineRules) -> list[Change]:
    def hurts(line: str, *, is_new: bool) -> bool:
        rule = rules.rule(each.path, line)
        return bool(rule and rule.disruptive and not (is_new and rule.only_with and rule.only_with not in known))

    return [
        *(Change("-", each.path, line, disruptive=hurts(line, is_new=False)) for line in each.gone),
        *(Change("+", each.path, line, disruptive=hurts(line, is_new=True)) for line in each.come),
    ]


def _steps(each: _Difference, falling: frozenset[str], rules: LineRules) -> list[_Step]:
    """Additions (with removals that must come first), then removals."""
    made = [(line, rule) for line in each.come if (rule := rules.rule(each.path, line))]
    coming = {rule.key for _line, rule in made if rule.single}
    out = [_Step(_order(MAKE, each, 2 * rule.rank + 1, rules), each.path, line) for line, rule in made]
    for line in each.gone:
        rule = rules.rule(each.path, line)
        if rule is None or rule.falls_with in falling:
            continue
        replaced = rule.single and rule.key in coming
        if replaced and rule.overwrites:
            continue
        order = _order(MAKE, each, 2 * rule.rank, rules) if replaced else _order(BREAK, each, rule.rank, rules)
        out.append(_Step(order, each.path, rules.undo(each.path, line)))
    return out


def _order(phase: int, each: _Difference, rank: int, rules: LineRules) -> _Order:
    """Forwards in making and backwards in breaking: sections by rank, their own lines before those of sections in them."""
    sign = 1 if phase == MAKE else -1
    inner = each.path[-1] if len(each.path) > 1 else ""
    return (phase, sign * rules.section_rank(each.head), each.head, sign * len(each.path), inner, sign * rank)


def _commands(steps: Iterable[_Step], rules: LineRules) -> tuple[str, ...]:
    """The steps with the headers and closing words that take us into their sections and out of them."""
    out: list[str] = []
    now: Path = ()

    def leave(depth: int) -> None:
        out.extend(f"{' ' * at}{rules.closing(now[at])}" for at in range(len(now) - 1, depth - 1, -1))

    for path, inside in groupby(steps, key=lambda step: step.path):
        common = next((at for at, pair in enumerate(zip(now, path, strict=False)) if pair[0] != pair[1]), min(len(now), len(path)))
        leave(common)
        out += [f"{' ' * at}{path[at]}" for at in range(common, len(path))]
        out += [f"{' ' * len(path)}{step.command}" for step in inside]
        now = path
    leave(0)
    return tuple(out)
