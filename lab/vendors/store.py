"""A vendor's configuration: views with lines, how a line is taken or undone, and how the whole is printed."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from lab.vendors.grammar import NEGATED, UNDONE_BY, WIPES_ADDRESSES, opens, place_of

PHYSICAL = re.compile(r"interface (?:GigabitEthernet|XGigabitEthernet|Ten-GigabitEthernet|Ethernet|FortyGigE)\d+(?:/\d+)*$")


class LineRefused(Exception):
    """The line is well formed and can't be done; the text is what the device says."""


@dataclass(slots=True)
class View:
    """A view: its header, its lines, and the views inside it."""

    header: str = ""
    suffix: str = ""
    """What is printed behind the header (`router-id` of an OSPF process)."""
    lines: list[str] = field(default_factory=list)
    views: list[View] = field(default_factory=list)

    def enter(self, line: str) -> View | None:
        """The view that a line opens here, made if it isn't there; None if it opens none."""
        header = opens(self.header, line)
        if not header:
            return None
        found = self.inner(header)
        if found is None:
            found = View(header)
            self.views.append(found)
        found.suffix = line.removeprefix(header) or found.suffix
        return found

    def inner(self, header: str) -> View | None:
        """The view of this header."""
        return next((view for view in self.views if view.header == header), None)

    def take(self, line: str) -> None:
        """Set a line, or undo one."""
        if line.startswith("undo "):
            self._undo(line.removeprefix("undo "))
            return
        if line in NEGATED:
            self._drop([f"undo {line}"])
            return
        if WIPES_ADDRESSES.match(line) and line not in self.lines:
            self._drop([old for old in self.lines if re.match(r"ip(?:v6)? address\b", old)])
        place = place_of(line)
        if line not in self.lines:
            self._drop([old for old in self.lines if place is not None and place_of(old) == place])
            self.lines.append(line)

    def _undo(self, words: str) -> None:
        for form, meant in UNDONE_BY:
            words = re.sub(form, meant, words)
        if words in NEGATED:
            self._drop([f"undo {words}"])
            self.lines.append(f"undo {words}")
            return
        view = self.inner(opens(self.header, words) or words)
        if view is not None:
            if PHYSICAL.match(view.header):
                raise LineRefused("Error: This interface cannot be deleted.")
            self.views.remove(view)
            return
        if words.split()[:1] == ["router-id"] and self.suffix:
            self.suffix = ""
            return
        gone = [line for line in self.lines if line == words or line.startswith(f"{words} ")]
        loose = sorted((line for line in self.lines if _within(words.split(), line.split())), key=len)
        if not gone and not loose:
            raise LineRefused("Error: The specified configuration does not exist.")
        self._drop(gone or loose[:1])
        for inside in self.views if words.startswith("peer ") else ():
            inside.lines[:] = [line for line in inside.lines if not line.startswith(f"{words} ")]
        if WIPES_ADDRESSES.match(words):
            self._drop([old for old in self.lines if re.match(r"ip(?:v6)? address\b", old)])

    def _drop(self, lines: list[str]) -> None:
        self.lines[:] = [line for line in self.lines if line not in lines]

    def copied(self) -> View:
        return copy.deepcopy(self)


def _within(words: list[str], line: list[str]) -> bool:
    """Whether the words stand in the line in this order, from its first on: `undo acl inbound` means `acl 3000 inbound`."""
    if words[:1] != line[:1]:
        return False
    rest = iter(line)
    return all(word in rest for word in words)


def printed(top: View, *, lead: str = "") -> Iterator[str]:
    """The configuration between its `#` marks; `lead` stands in front of lines of the system view."""
    first = [line for line in top.lines if line.startswith("sysname ")]
    if first:
        yield from ("#", *(lead + line for line in first))
    for view in top.views:
        yield from ("#", *_rows(view, 0))
    rest = [line for line in top.lines if line not in first]
    if rest:
        yield from ("#", *(lead + line for line in rest))
    yield from ("#", "return")


def _rows(view: View, depth: int) -> Iterator[str]:
    yield " " * depth + view.header + view.suffix
    yield from (" " * (depth + 1) + line for line in view.lines)
    for inside in view.views:
        yield from _rows(inside, depth + 1)
