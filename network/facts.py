"""What routers say of themselves: software, uptime, interfaces, neighbours in both families. Read only, one table of questions.

Each dialect has its questions and one reader for each answer. A question that a device doesn't know leaves its fact empty
rather than failing the device: facts are for looking, `net verify` judges.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass

from city.model import City, Dialect
from network.desk import Desk
from network.devices.fanout import Answer, each
from network.errors import DeviceRefused
from network.simulate.read import READERS
from network.simulate.world import IPV4, IPV6
from ops.errors import CitynodeError, Unreachable
from ops.language import _
from ops.listing import listed
from ops.plan import JsonObject

Reader = Callable[[str], str | int | None]


@dataclass(frozen=True, slots=True)
class Facts:
    """One router's facts; None where it doesn't say."""

    device: str
    dialect: str
    version: str | None = None
    uptime: str | None = None
    interfaces: int | None = None
    neighbours_v4: int | None = None
    neighbours_v6: int | None = None
    addresses_v4: int | None = None
    addresses_v6: int | None = None
    seconds: float = 0.0

    def as_data(self) -> JsonObject:
        fields = ("device", "dialect", "version", "uptime", "interfaces", "neighbours_v4", "neighbours_v6", "addresses_v4", "addresses_v6")
        return {**{name: getattr(self, name) for name in fields}, "seconds": round(self.seconds, 2)}


@dataclass(frozen=True, slots=True)
class Gathered:
    """What was asked of many routers."""

    facts: tuple[Facts, ...]
    failed: tuple[tuple[str, CitynodeError], ...] = ()

    def unreachable(self) -> list[JsonObject]:
        return [{"device": device, "error": str(error)} for device, error in self.failed]

    def raise_on_error(self) -> None:
        """One error that names the routers that gave no facts."""
        if self.failed:
            names = listed(device for device, _error in self.failed)
            first = self.failed[0][1]
            kind = Unreachable if any(error.exit_code == Unreachable.exit_code for _device, error in self.failed) else CitynodeError
            raise kind(
                _("{count} routers gave no facts: {names}").format(count=len(self.failed), names=names), why=str(first), hint=first.hint
            )


def _found(pattern: str) -> Reader:
    """Reads what the pattern's group holds."""
    compiled = re.compile(pattern, re.MULTILINE)

    def read(text: str) -> str | None:
        match = compiled.search(text)
        return match[1].strip() if match else None

    return read


def _counted(pattern: str) -> Reader:
    """Counts the lines that match."""
    compiled = re.compile(pattern, re.MULTILINE)
    return lambda text: len(compiled.findall(text))


_FULL = _counted(r"^\d+\.\d+\.\d+\.\d+ .*\bFull\b")
_VRP = {
    "version": ("display version", _found(r"^VRP \(R\) software, Version (.+)$")),
    "uptime": ("display version", _found(r"uptime is (.+)$")),
    "neighbours_v4": ("display ospf peer brief", _counted(r"\bFull\b")),
    "neighbours_v6": ("display ospfv3 peer", _counted(r"\bFull\b")),
}
QUESTIONS: Mapping[Dialect, Mapping[str, tuple[str, Reader]]] = {
    Dialect.FRR: {
        "version": ("show version", _found(r"^FRRouting (\S+)")),
        "neighbours_v4": ("show ip ospf neighbor", _FULL),
        "neighbours_v6": ("show ipv6 ospf6 neighbor", _FULL),
    },
    Dialect.VRP8: _VRP,
    Dialect.VRP5: _VRP,
    Dialect.COMWARE7: {
        "version": ("display version", _found(r"^H3C Comware Software, Version (.+)$")),
        "uptime": ("display version", _found(r"uptime is (.+)$")),
        "neighbours_v4": ("display ospf peer", _counted(r"\bFull\b")),
        "neighbours_v6": ("display ospfv3 peer", _counted(r"\bFull\b")),
    },
}
"""What each dialect is asked, by fact."""


def gather(desk: Desk, names: Sequence[str]) -> Gathered:
    """Ask these routers."""
    care = desk.care
    answers = each(
        names, lambda name: _ask(desk, name), progress=desk.control.progress, label=_("ask"), parallel=care.parallel,
        deadline=care.deadline_seconds,
    )  # fmt: skip
    return Gathered(tuple(_facts(desk.city, answer) for answer in answers if answer.value is not None), _failed(answers))


def _ask(desk: Desk, name: str) -> dict[str, str]:
    """What the router printed, by command."""
    said: dict[str, str] = {}
    with closing(desk.fleet.connect(name)) as device:
        for command, _read in QUESTIONS[desk.city.router_by_name[name].dialect].values():
            if command not in said:
                said[command] = ""
                with suppress(DeviceRefused):
                    said[command] = device.show(command)
        said["running"] = device.running()
    return said


def _facts(city: City, answer: Answer[dict[str, str]]) -> Facts:
    said, name = answer.value or {}, answer.device
    spoken = city.router_by_name[name].dialect
    known = {fact: read(said[command]) if said[command] else None for fact, (command, read) in QUESTIONS[spoken].items()}
    return Facts(
        device=name,
        dialect=str(spoken),
        version=_text(known.get("version")),
        uptime=_text(known.get("uptime")),
        neighbours_v4=_number(known.get("neighbours_v4")),
        neighbours_v6=_number(known.get("neighbours_v6")),
        seconds=answer.seconds,
        **_ports(city, name, said["running"]),
    )


def _ports(city: City, name: str, running: str) -> dict[str, int]:
    """Interfaces, and addresses in both families, by the configuration."""
    from network.dialect import dialect

    spoken = city.router_by_name[name].dialect
    if spoken not in READERS:
        return {}
    ports = READERS[spoken](name, dialect(spoken).parse(running)).ports.values()
    used = [port for port in ports if port.ipv4 or port.ipv6]
    addresses = {family: sum(len(port.addresses(family)) for port in used) for family in (IPV4, IPV6)}
    return {"interfaces": len(used), "addresses_v4": addresses[IPV4], "addresses_v6": addresses[IPV6]}


def _failed(answers: Sequence[Answer[dict[str, str]]]) -> tuple[tuple[str, CitynodeError], ...]:
    return tuple((answer.device, answer.error) for answer in answers if answer.error is not None)


def _text(value: str | int | None) -> str | None:
    return None if value is None else str(value)


def _number(value: str | int | None) -> int | None:
    return None if value is None else int(value)
