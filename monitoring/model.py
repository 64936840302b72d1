"""What a poll sees, as frozen data: counters of interfaces, readings of devices, outcomes of a round."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Address

from city.base import Dialect
from ops.errors import CitynodeError


@dataclass(frozen=True, slots=True)
class Target:
    """An SNMPv3 agent and the login for it; the keys never show."""

    device: str
    address: IPv4Address
    port: int
    user: str
    auth: str
    privacy: str
    authentication: str = "SHA-1"
    """Or `SHA-256`: what both keys are made with and packets are signed with."""
    dialect: Dialect = Dialect.FRR
    """Whose names its interfaces have."""

    def __repr__(self) -> str:
        return f"Target({self.device!r}, {self.address}:{self.port}, user={self.user!r})"


@dataclass(frozen=True, slots=True)
class Counters:
    """One interface at one moment, as IF-MIB tells it (RFC 2863)."""

    name: str
    index: int
    is_up: bool
    speed_mbit: int
    in_octets: int
    out_octets: int
    in_packets: int = 0
    out_packets: int = 0
    in_errors: int = 0
    out_errors: int = 0
    in_discards: int = 0
    out_discards: int = 0
    discontinuity: int = 0


@dataclass(frozen=True, slots=True)
class Reading:
    """One device at one moment."""

    device: str
    at: datetime
    uptime_ticks: int
    boots: int
    interfaces: tuple[Counters, ...]

    @property
    def uptime_seconds(self) -> float:
        return self.uptime_ticks / 100


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one device in a round: a reading, or why there is none."""

    device: str
    seconds: float
    reading: Reading | None = None
    problem: CitynodeError | None = None

    def as_data(self) -> dict[str, object]:
        reading = self.reading
        return {
            "device": self.device,
            "ok": reading is not None,
            "seconds": round(self.seconds, 3),
            "interfaces": len(reading.interfaces) if reading else 0,
            "interfaces_up": sum(item.is_up for item in reading.interfaces) if reading else 0,
            "uptime_seconds": reading.uptime_seconds if reading else None,
            "error": str(self.problem) if self.problem else "",
            "hint": self.problem.hint if self.problem else "",
        }


@dataclass(frozen=True, slots=True)
class Round:
    """One poll of many devices, in the order asked for."""

    at: datetime
    seconds: float
    outcomes: tuple[Outcome, ...]

    @property
    def readings(self) -> dict[str, Reading]:
        return {outcome.device: outcome.reading for outcome in self.outcomes if outcome.reading is not None}

    @property
    def failed(self) -> tuple[Outcome, ...]:
        return tuple(outcome for outcome in self.outcomes if outcome.reading is None)

    def as_data(self) -> dict[str, object]:
        readings = self.readings.values()
        return {
            "at": self.at.isoformat(timespec="milliseconds"),
            "devices": len(self.outcomes),
            "answered": len(readings),
            "failed": len(self.failed),
            "seconds": round(self.seconds, 3),
            "interfaces": sum(len(reading.interfaces) for reading in readings),
            "results": [outcome.as_data() for outcome in self.outcomes],
        }
