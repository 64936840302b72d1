"""Devices in memory that take and print configuration as FRR does, with the faults that real ones have.

Held to the same contract as the real transport. Used by tests, and by whoever wants to rehearse a change offline.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from network.dialect.frr import Frr
from network.errors import DeviceRefused, DeviceUnreachable, NotSaved
from network.tree import parse
from ops.suggest import unknown

_PROCESSES = ("router ospf", "router ospf6")


@dataclass(slots=True)
class Faults:
    """What goes wrong on a device."""

    unreachable: bool = False
    refuses: str = ""
    """A part of a line that the device does not take."""
    drops_after: int | None = None
    """The session dies after this many configuration lines, once."""
    lost_after: int | None = None
    """The way to the device is lost for good after this many configuration lines."""
    cannot_save: bool = False
    forgets: str = ""
    """A part of a line that is taken silently and does not show up in the configuration."""


@dataclass(slots=True)
class Box:
    """The state of one device, which outlives sessions."""

    sections: dict[str, list[str]] = field(default_factory=dict)
    saved: dict[str, list[str]] = field(default_factory=dict)
    faults: Faults = field(default_factory=Faults)
    typed: list[str] = field(default_factory=list)
    """Every configuration line that was ever typed."""


class FakeDevice:
    """A session to a `Box`."""

    def __init__(self, name: str, box: Box) -> None:
        self.name = name
        self._box = box
        self._rules = Frr()
        self._lines = 0

    def running(self) -> str:
        self._check()
        head = ["Building configuration...", "", "Current configuration:", "!", "frr version 8.4.4", f"hostname {self.name}", "!"]
        body = [
            row for header, lines in sorted(self._box.sections.items()) for row in (header, *(f" {line}" for line in lines), "exit", "!")
        ]
        return "\n".join([*head, *body, "end", ""])

    def show(self, command: str) -> str:
        self._check()
        return self.running() if command == "show running-config" else ""

    def apply(self, lines: Sequence[str]) -> None:
        section = ""
        for raw in lines:
            self._check()
            line = raw.strip()
            self._lines += 1
            self._box.typed.append(line)
            faults = self._box.faults
            if faults.lost_after is not None and self._lines > faults.lost_after:
                faults.unreachable = True
                self._check()
            if faults.drops_after is not None and self._lines > faults.drops_after:
                faults.drops_after = None
                raise DeviceUnreachable(f"{self.name} went away in the middle of the session", why="connection closed")
            if faults.refuses and faults.refuses in line:
                raise DeviceRefused(
                    f"{self.name} did not take '{line}'", why="% Unknown command", hint=f"citynode net diff --devices {self.name}"
                )
            section = self._type(section, line)

    def save(self) -> None:
        self._check()
        if self._box.faults.cannot_save:
            raise NotSaved(self.name, "Can't open the configuration file")
        self._box.saved = {header: list(lines) for header, lines in self._box.sections.items()}

    def close(self) -> None:
        """Nothing is open."""

    def _check(self) -> None:
        if self._box.faults.unreachable:
            raise DeviceUnreachable(f"{self.name} does not answer", why="no route to host", hint="citynode lab status")

    def _type(self, section: str, line: str) -> str:
        """Take one line; returns the section that we are in then."""
        sections = self._box.sections
        if line == "exit":
            return ""
        if line.startswith("interface ") or line in _PROCESSES:
            sections.setdefault(line, [])
            return line
        if line.startswith("no ") and line[3:] in _PROCESSES and not section:
            sections.pop(line[3:], None)
        elif not section:
            raise DeviceRefused(f"{self.name} did not take '{line}'", why="% Unknown command")
        elif not (self._box.faults.forgets and self._box.faults.forgets in line):
            self._set(section, line)
        return section

    def _set(self, section: str, line: str) -> None:
        """Add, replace or cancel a line of a section."""
        lines = self._box.sections[section]
        cancelled = [old for old in lines if self._rules.undo((section,), old) == line or f"no {old}" == line]
        if cancelled:
            lines[:] = [old for old in lines if old not in cancelled]
            return
        rule = self._rules.rule((section,), line)
        if rule is None:
            raise DeviceRefused(f"{self.name} did not take '{line}'", why="% Unknown command")
        if line.startswith("no ") and not line.startswith("no ipv6 nd"):
            raise DeviceRefused(f"{self.name} did not take '{line}'", why="% Can't find it")
        if rule.single:
            lines[:] = [old for old in lines if (known := self._rules.rule((section,), old)) is None or known.key != rule.key]
        if line not in lines:
            lines.append(line)
        lines.sort()


class FakeFleet:
    """Devices by name."""

    def __init__(self, running: dict[str, str]) -> None:
        self.boxes = {name: Box(sections=_sections(text)) for name, text in running.items()}

    def connect(self, name: str) -> FakeDevice:
        if name not in self.boxes:
            raise unknown("router", name, self.boxes)
        box = self.boxes[name]
        if box.faults.unreachable:
            raise DeviceUnreachable(f"{name} does not answer", why="no route to host", hint="citynode lab status")
        return FakeDevice(name, box)


def _sections(text: str) -> dict[str, list[str]]:
    return {node.line: sorted(child.line for child in node.children) for node in parse(text).nodes if node.children}
