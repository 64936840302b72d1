"""The patch of a language whose sections hold lines and no further sections: FRR's. Pure.

Make before break: processes and additions come before removals, so that a new address or adjacency stands before
the old one goes; a line that takes another's place is typed over it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from network.dialect.base import LineRules
from network.patch import Change, Patch
from network.tree import Path, Tree


@dataclass(frozen=True, slots=True)
class _Step:
    """A command, and where it stands in the patch."""

    order: tuple[int, int, str, int]
    path: Path
    command: str


_Lines = dict[Path, dict[str, None]]


def line_patch(running: Tree, intended: Tree, rules: LineRules) -> Patch:
    """The patch that brings `running` to `intended`, in the lines that we own."""
    have, want = _owned(running, rules), _owned(intended, rules)
    changes: list[Change] = []
    steps: list[_Step] = []
    for path in [*want, *(path for path in have if path not in want)]:
        old, new = have.get(path, {}), want.get(path, {})
        gone = [line for line in old if line not in new]
        come = [line for line in new if line not in old]
        removed_whole = path not in want and rules.may_remove_section(path[0])
        created_whole = path in want and path not in have and rules.may_remove_section(path[0])
        if removed_whole or created_whole:
            changes.append(Change("-" if removed_whole else "+", (), path[0], disruptive=removed_whole))
        changes += _changes(path, gone, come, old, rules)
        if removed_whole:
            steps.append(_Step((4, 0, path[0], 0), (), f"no {path[0]}"))
            continue
        steps += _steps(path, gone, come, rules)
    return Patch(tuple(changes), _commands(sorted(steps, key=lambda step: step.order)))


def _owned(tree: Tree, rules: LineRules) -> _Lines:
    """Our lines by section; an empty process section still counts."""
    found: _Lines = {}
    for node in tree.nodes:
        if not rules.owns_section(node.line):
            continue
        lines = found.setdefault((node.line,), {})
        lines.update({child.line: None for child in node.children if rules.rule((node.line,), child.line)})
    return found


def _changes(path: Path, gone: Iterable[str], come: Iterable[str], old: Iterable[str], rules: LineRules) -> list[Change]:
    known = {rule.key for line in old if (rule := rules.rule(path, line))}

    def hurts(line: str, *, is_new: bool) -> bool:
        rule = rules.rule(path, line)
        return bool(rule and rule.disruptive and not (is_new and rule.only_with and rule.only_with not in known))

    return [
        *(Change("-", path, line, disruptive=hurts(line, is_new=False)) for line in gone),
        *(Change("+", path, line, disruptive=hurts(line, is_new=True)) for line in come),
    ]


def _steps(path: Path, gone: list[str], come: list[str], rules: LineRules) -> list[_Step]:
    """Phases: 1 additions (with removals that must come first), 2 removals."""
    out: list[_Step] = []
    section = rules.section_rank(path[0])
    coming = {rule.key for line in come if (rule := rules.rule(path, line)) and rule.single}
    out += [_Step((1, section, path[0], 2 * rule.rank + 1), path, line) for line in come if (rule := rules.rule(path, line))]
    for line in gone:
        rule = rules.rule(path, line)
        if rule is None:
            continue
        replaced = rule.single and rule.key in coming
        if replaced and rule.overwrites:
            continue
        order = (1, section, path[0], 2 * rule.rank) if replaced else (2, 1 - section, path[0], -rule.rank)
        out.append(_Step(order, path, rules.undo(path, line)))
    return out


def _commands(steps: Iterable[_Step]) -> tuple[str, ...]:
    """The steps with the headers and `exit`s that take us into their sections."""
    out: list[str] = []
    for path, inside in groupby(steps, key=lambda step: step.path):
        out += [*path, *(f"{' ' * len(path)}{step.command}" for step in inside), *("exit" for _ in path)]
    return tuple(out)
