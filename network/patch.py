"""What differs between two configurations, and the lines that end the difference: values, whoever worked them out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby

from network.tree import Path
from ops.errors import CitynodeError

CLOSING = frozenset({"exit", "quit"})
"""What leaves a section, in the languages that we speak."""


class NoPatch(CitynodeError):
    """Typing lines doesn't bring the device there, or would take what isn't ours along."""


@dataclass(frozen=True, slots=True)
class Change:
    """A line that appears (`+`) or goes (`-`)."""

    sign: str
    path: Path
    line: str
    disruptive: bool = False


def in_order(path: Path, before: Sequence[str], after: Sequence[str]) -> Iterator[Change]:
    """What differs between lines whose place is a part of what they say: the first of two about one thing may be the one that counts."""
    for kind, first, last, start, end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind != "equal":
            yield from (Change("-", path, line) for line in before[first:last])
            yield from (Change("+", path, line) for line in after[start:end])


@dataclass(frozen=True, slots=True)
class Patch:
    """What differs, and the configuration lines that bring the device to what is intended."""

    changes: tuple[Change, ...] = ()
    commands: tuple[str, ...] = ()
    by_hand: tuple[str, ...] = ()
    """Lines that are missing and can't be typed: the device never showed their secret, and it isn't ours."""

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
        end = next((at for at, line in enumerate(self.commands, 1) if line in CLOSING), len(self.commands))
        return self.commands[:end], self.commands[end:]

    def text(self) -> str:
        """The differences as people read them: sections with `+` and `-` lines."""
        out: list[str] = []
        whole = {(*change.path, change.line) for change in self.changes}
        last: Path = ()
        for path, changes in groupby(self.changes, key=lambda change: change.path):
            known = next((at for at, pair in enumerate(zip(last, path, strict=False)) if pair[0] != pair[1]), min(len(last), len(path)))
            out += [f"  {' ' * depth}{path[depth]}" for depth in range(known, len(path)) if path[: depth + 1] not in whole]
            last, pad = path, " " * len(path)
            out += [f"{change.sign} {pad}{change.line}" for change in changes]
        return "\n".join(out)


NOTHING = Patch()
"""The patch of a device that is as intended."""
