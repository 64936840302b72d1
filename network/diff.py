"""Running against intended configuration: the differences, and the lines that end them.

Pure. Make before break: processes and additions come before removals, so that a new address or adjacency stands before
the old one goes; a line that takes another's place is typed over it. Lines and sections that aren't ours are neither
shown nor touched, and a physical interface is never removed, only emptied of what is ours.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from network.dialect.base import DialectRules
from network.tree import Path, Tree


@dataclass(frozen=True, slots=True)
class Change:
    """A line that appears (`+`) or goes (`-`)."""

    sign: str
    path: Path
    line: str
    disruptive: bool = False


@dataclass(frozen=True, slots=True)
class Patch:
    """What differs, and the configuration lines that bring the device to what is intended."""

    changes: tuple[Change, ...] = ()
    commands: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.changes)

    @property
    def is_disruptive(self) -> bool:
        return any(change.disruptive for change in self.changes)

    def summary(self, most: int = 3) -> str:
        """The first differences in one line."""
        shown = [f"{change.sign} {change.line}" for change in self.changes[:most]]
        return " / ".join(shown) + (f" / … ({len(self.changes)})" if len(self.changes) > most else "")

    def in_two(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The commands of the first section, and the rest."""
        end = self.commands.index("exit") + 1 if "exit" in self.commands else len(self.commands)
        return self.commands[:end], self.commands[end:]

    def text(self) -> str:
        """The differences as people read them: sections with `+` and `-` lines."""
        out: list[str] = []
        whole = {change.line for change in self.changes if not change.path}
        for path, changes in groupby(self.changes, key=lambda change: change.path):
            out += [f"  {header}" for header in path if header not in whole]
            pad = " " * len(path)
            out += [f"{change.sign} {pad}{change.line}" for change in changes]
        return "\n".join(out)


NOTHING = Patch()
"""The patch of a device that is as intended."""


@dataclass(frozen=True, slots=True)
class _Step:
    """A command, and where it stands in the patch."""

    order: tuple[int, int, str, int]
    path: Path
    command: str


_Lines = dict[Path, dict[str, None]]


def diff(running: Tree, intended: Tree, rules: DialectRules) -> Patch:
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


def _owned(tree: Tree, rules: DialectRules) -> _Lines:
    """Our lines by section; an empty process section still counts."""
    found: _Lines = {}
    for node in tree.nodes:
        if not rules.owns_section(node.line):
            continue
        lines = found.setdefault((node.line,), {})
        lines.update({child.line: None for child in node.children if rules.rule((node.line,), child.line)})
    return found


def _changes(path: Path, gone: Iterable[str], come: Iterable[str], old: Iterable[str], rules: DialectRules) -> list[Change]:
    known = {rule.key for line in old if (rule := rules.rule(path, line))}

    def hurts(line: str, *, is_new: bool) -> bool:
        rule = rules.rule(path, line)
        return bool(rule and rule.disruptive and not (is_new and rule.only_with and rule.only_with not in known))

    return [
        *(Change("-", path, line, disruptive=hurts(line, is_new=False)) for line in gone),
        *(Change("+", path, line, disruptive=hurts(line, is_new=True)) for line in come),
    ]


def _steps(path: Path, gone: list[str], come: list[str], rules: DialectRules) -> list[_Step]:
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
