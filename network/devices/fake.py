"""Devices in memory that take and print configuration as FRR does, with the faults that real ones have.

Held to the same contract as the real transport. Used by tests, and by whoever wants to rehearse a change offline.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from network.devices.device import Confirm, Trial
from network.devices.drivers.capability import emulation_cannot
from network.dialect.frr import Frr, host, nftables
from network.errors import ConsentNeeded, DeviceBusy, DeviceRefused, DeviceUnreachable, NotSaved, TrialLapsed
from network.tree import Node, Tree, parse, text_of
from ops.suggest import unknown

INSIDE = " > "
"""Between the headers of a section in a section."""
OUTSIDE = ""
"""Where lines outside of all sections stand."""
SESSIONS = "show bgp summary json"
GATEWAYS = "show vrrp json"
NEIGHBOURS = {"show ip ospf neighbor": "ip ospf area", "show ipv6 ospf6 neighbor": "ipv6 ospf6 area"}


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
    saves_half: bool = False
    """The configuration is saved, and what belongs to it beside can't be."""
    forgets: str = ""
    """A part of a line that is taken silently and does not show up in the configuration."""
    cut_by: str = ""
    """A part of a line that cuts the way to the device for as long as the device holds it."""
    unguarded: bool = False
    """Nothing on the device takes a change back."""
    dead_line: str = ""
    """The interface over which no neighbour answers."""
    deaf_to: str = ""
    """The address of a BGP neighbour with whom no session comes about."""
    gateway: str = ""
    """What it is at its shared gateways, whatever its priority says."""


Sections = dict[str, list[str]]
"""Lines by the headers of the sections around them."""


@dataclass(frozen=True, slots=True)
class Armed:
    """A change on trial: the configuration that comes back at a time."""

    change: str
    until: float
    before: Sections


@dataclass(slots=True)
class Box:
    """The state of one device, which outlives sessions."""

    sections: Sections = field(default_factory=dict)
    saved: Sections = field(default_factory=dict)
    faults: Faults = field(default_factory=Faults)
    typed: list[str] = field(default_factory=list)
    """Every configuration line that was ever typed."""
    trial: Armed | None = None
    confirmed: str = ""

    def tick(self) -> None:
        """Go back if the trial's time is over."""
        if self.trial is not None and time.monotonic() >= self.trial.until:
            self.sections, self.trial = self.trial.before, None

    @property
    def is_cut(self) -> bool:
        """Whether its own configuration keeps everybody from it."""
        words = self.faults.cut_by
        return bool(words) and any(words in line for lines in self.sections.values() for line in lines)


def copied(sections: Sections) -> Sections:
    return {header: list(lines) for header, lines in sections.items()}


class FakeDevice:
    """A session to a `Box`."""

    def __init__(self, name: str, box: Box) -> None:
        self.name = name
        self._box = box
        self._rules = Frr()
        self._lines = 0
        self._is_cut = False

    def running(self) -> str:
        self._check()
        head = ["Building configuration...", "", "Current configuration:", "!", "frr version 8.4.4", f"hostname {self.name}", "!"]
        return "\n".join([*head, text_of(_tree(self._box.sections)), "end", ""]) + _listing(self._box.sections)

    def show(self, command: str) -> str:
        self._check()
        if command == SESSIONS:
            return json.dumps(self._sessions())
        if command == GATEWAYS:
            return json.dumps(self._gateways())
        if command in NEIGHBOURS:
            return self._neighbours(NEIGHBOURS[command])
        return self.running() if command == "show running-config" else ""

    def answers(self) -> bool:
        self._box.tick()
        return not (self._is_cut or self._box.faults.unreachable or self._box.is_cut)

    def arm(self, trial: Trial) -> Confirm:
        self._check()
        box = self._box
        if box.faults.unguarded:
            if not trial.consent:
                raise ConsentNeeded(self.name, emulation_cannot())
            return Confirm.EMULATED
        held = box.trial.change if box.trial else trial.change
        if held not in (trial.change, *trial.ours):
            raise DeviceBusy(self.name, f"it is on trial for {held}")
        before = box.trial.before if box.trial and held == trial.change else copied(box.sections)
        box.trial = Armed(trial.change, time.monotonic() + trial.seconds, before)
        return Confirm.GUARD

    def confirm(self, change: str) -> None:
        self._check()
        if self._box.trial is not None and self._box.trial.change == change:
            self._box.trial, self._box.confirmed = None, change
        if self._box.confirmed != change and not self._box.faults.unguarded:
            raise TrialLapsed(self.name, "nothing is on trial")

    def abandon(self, change: str) -> None:
        self._check()
        if self._box.trial is not None and self._box.trial.change == change:
            self._box.sections, self._box.trial = self._box.trial.before, None

    def apply(self, lines: Iterable[str]) -> None:
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
        self._box.saved = copied(self._box.sections)
        if self._box.faults.saves_half:
            raise NotSaved(self.name, "the kernel's table of rules can't be written to the disk")

    def close(self) -> None:
        """Nothing is open."""

    def cut(self) -> None:
        self._is_cut = True

    def _check(self) -> None:
        self._box.tick()
        if self._is_cut:
            raise DeviceUnreachable(f"{self.name} does not answer", why="the session is closed")
        if self._box.faults.unreachable or self._box.is_cut:
            raise DeviceUnreachable(f"{self.name} does not answer", why="no route to host", hint="citynode lab status")

    def _neighbours(self, words: str) -> str:
        """Somebody answers at every line that runs the protocol, but for the dead one."""
        lines = {header.removeprefix("interface "): held for header, held in self._box.sections.items() if header.startswith("interface ")}
        runs = [
            name for name, held in lines.items() if any(words in line for line in held) and any("point-to-point" in line for line in held)
        ]
        return "\n".join(
            f"10.0.0.1  1 Full/-  1m2s  3.5s 172.16.0.1  {name}:172.16.0.2  0" for name in runs if name != self._box.faults.dead_line
        )

    def _sessions(self) -> dict[str, object]:
        """Every neighbour answers, but for the one that it is deaf to."""
        found: dict[str, object] = {}
        for header, lines in self._box.sections.items():
            process, _inside, family = header.partition(INSIDE)
            if process.startswith("router bgp") and family:
                peers = [line.split()[1] for line in lines if line.endswith(" activate")]
                states = {peer: {"state": "Active" if peer == self._box.faults.deaf_to else "Established"} for peer in peers}
                found["ipv4Unicast" if "ipv4" in family else "ipv6Unicast"] = {"peers": states}
        return found

    def _gateways(self) -> list[dict[str, object]]:
        """Who has a priority of its own answers, in the families that it has addresses in."""
        found: list[dict[str, object]] = []
        for header, lines in self._box.sections.items():
            for group in (line.split()[1] for line in lines if re.fullmatch(r"vrrp \d+", line)):
                wins = any(line.startswith(f"vrrp {group} priority ") for line in lines)
                state = self._box.faults.gateway or ("Master" if wins else "Backup")
                status = {
                    block: {"status": state if any(line.startswith(f"vrrp {group} {family} ") for line in lines) else "Initialize"}
                    for block, family in (("v4", "ip"), ("v6", "ipv6"))
                }
                found.append({"vrid": int(group), "interface": header.removeprefix("interface "), **status})
        return found

    def _type(self, section: str, line: str) -> str:
        """Take one line; returns the section that we are in then."""
        sections, rules = self._box.sections, self._rules
        if line.startswith(nftables.COMMAND):
            self._rule(line.removeprefix(nftables.COMMAND))
            return OUTSIDE
        if line.startswith(host.COMMAND):
            self._file(line)
            return OUTSIDE
        outer = section.partition(INSIDE)[0]
        if line in {"exit", "exit-address-family"}:
            return outer if INSIDE in section else OUTSIDE
        if section and rules.opens((outer,), line):
            inner = f"{outer}{INSIDE}{line}"
            sections.setdefault(inner, [])
            return inner
        if rules.owns_section(line):
            sections.setdefault(line, [])
            return line
        whole = line.removeprefix("no ")
        if whole != line and not section and rules.owns_section(whole):
            for header in [header for header in sections if header.partition(INSIDE)[0] == whole]:
                del sections[header]
        elif not section and rules.rule((), whole) is None:
            raise DeviceRefused(f"{self.name} did not take '{line}'", why="% Unknown command")
        elif not (self._box.faults.forgets and self._box.faults.forgets in line):
            self._set(section, line)
        return section

    def _rule(self, command: str) -> None:
        """Take a command of the kernel's."""
        sections = self._box.sections
        what, _name, rest = command.partition(f" {nftables.NAME}")
        chain, _space, rule = rest.strip().partition(" ")
        inside = f"{nftables.TABLE}{INSIDE}chain {chain}"
        if what == "delete table":
            for header in [header for header in sections if header.partition(INSIDE)[0] == nftables.TABLE]:
                del sections[header]
        elif what == "add table":
            sections.setdefault(nftables.TABLE, [])
        elif what == "add chain":
            hook = rule.removeprefix("{ ").removesuffix(" }")
            sections[inside] = [hook] if hook else []
        elif not (self._box.faults.forgets and self._box.faults.forgets in rule):
            sections[inside].append(rule)

    def _file(self, line: str) -> None:
        """Begin a program's file anew, or add a line to it."""
        program, _space, more = line.removeprefix(host.COMMAND).partition(" ")
        header = f"{host.COMMAND}{program}"
        if not more:
            self._box.sections.pop(header, None)
        elif not (self._box.faults.forgets and self._box.faults.forgets in more):
            self._box.sections.setdefault(header, []).append(more)

    def _set(self, section: str, line: str) -> None:
        """Add, replace or cancel a line of a section."""
        path = tuple(section.split(INSIDE)) if section else ()
        lines = self._box.sections.setdefault(section, [])
        cancelled = [old for old in lines if self._rules.undo(path, old) == line or f"no {old}" == line]
        if cancelled:
            keys = {rule.key for old in cancelled if (rule := self._rules.rule(path, old))}
            lines[:] = [old for old in lines if old not in cancelled]
            self._drop(path, keys)
            return
        rule = self._rules.rule(path, line)
        if rule is None:
            raise DeviceRefused(f"{self.name} did not take '{line}'", why="% Unknown command")
        if line.startswith("no ") and not rule.undo:
            raise DeviceRefused(f"{self.name} did not take '{line}'", why="% Can't find it")
        if rule.single:
            lines[:] = [old for old in lines if (known := self._rules.rule(path, old)) is None or known.key != rule.key]
        if line not in lines:
            lines.append(line)
        lines.sort()

    def _drop(self, path: tuple[str, ...], keys: set[str]) -> None:
        """What hangs on a line goes with it."""
        for header, lines in list(self._box.sections.items()):
            around = tuple(header.split(INSIDE)) if header else ()
            if path and around[:1] == path[:1]:
                lines[:] = [old for old in lines if (rule := self._rules.rule(around, old)) is None or rule.falls_with not in keys]
            if not lines and (INSIDE in header or header == OUTSIDE):
                del self._box.sections[header]


class FakeFleet:
    """Devices by name."""

    def __init__(self, running: dict[str, str]) -> None:
        self.boxes = {name: Box(sections=_sections(text)) for name, text in running.items()}

    def connect(self, name: str) -> FakeDevice:
        if name not in self.boxes:
            raise unknown("router", name, self.boxes)
        box = self.boxes[name]
        box.tick()
        if box.faults.unreachable or box.is_cut:
            raise DeviceUnreachable(f"{name} does not answer", why="no route to host", hint="citynode lab status")
        return FakeDevice(name, box)


def _sections(text: str) -> Sections:
    """Lines by section; an interface that is named alone is one too."""
    return {node.line: _in_order(node) for node in parse(text).nodes if node.children or node.line.startswith("interface ")}


def _in_order(node: Node) -> list[str]:
    """A section's lines as FRR sorts them; a program's file keeps its order."""
    lines = [child.line for child in node.children]
    return lines if node.line.startswith(host.COMMAND) else sorted(lines)


def _listing(sections: Sections) -> str:
    """The kernel's table of rules, chains in the order in which they were made; nothing where there is none."""
    if nftables.TABLE not in sections:
        return ""
    chains = [(header.partition(INSIDE), lines) for header, lines in sections.items() if header.startswith(f"{nftables.TABLE}{INSIDE}")]
    return nftables.printed(
        Node(nftables.TABLE, tuple(Node(chain, tuple(Node(line) for line in lines)) for (_table, _in, chain), lines in chains))
    )


def _tree(sections: Sections) -> Tree:
    """What vtysh shows of the sections; FRR prints none that is empty within another."""
    sections = {header: lines for header, lines in sections.items() if header.partition(INSIDE)[0] != nftables.TABLE}
    inside: dict[str, list[Node]] = {}
    for header, lines in sorted(sections.items()):
        outer, found, family = header.partition(INSIDE)
        if found:
            inside.setdefault(outer, []).append(Node(family, tuple(Node(line) for line in lines)))
    outside = [Node(line) for line in sections.get(OUTSIDE, ())]
    return Tree(
        (
            *outside,
            *(
                Node(header, (*(Node(line) for line in lines), *inside.get(header, ())))
                for header, lines in sorted(sections.items())
                if header != OUTSIDE and INSIDE not in header
            ),
        )
    )
