"""Agents in memory, for tests: they answer from what they were given, refuse wrong keys and can be made silent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from monitoring.agent import REJECTED, UNREADABLE, Answer, no_answer, refused
from monitoring.ifmib import COLUMNS, Value
from monitoring.model import Target


@dataclass(slots=True)
class MemoryDevice:
    """What one agent knows, and who may ask it."""

    user: str
    auth: str
    privacy: str
    scalars: dict[str, Value] = field(default_factory=dict)
    interfaces: list[dict[str, Value]] = field(default_factory=list)
    """Values by our names of IF-MIB's columns; an interface's number is its position."""
    lost: int = 0
    """So many questions stay without an answer."""


class MemoryAsker:
    """Asks agents in memory, by device name."""

    def __init__(self, devices: dict[str, MemoryDevice]) -> None:
        self.devices = devices
        self.asked: list[str] = []

    async def ask(self, target: Target, scalars: Sequence[str], columns: Sequence[str], *, patience: float) -> Answer:
        self.asked.append(target.device)
        device = self.devices.get(target.device)
        if device is None or device.lost > 0:
            if device:
                device.lost -= 1
            raise no_answer(target, patience)
        if (target.user, target.auth) != (device.user, device.auth):
            raise refused(target, REJECTED)
        if target.privacy != device.privacy:
            raise refused(target, UNREADABLE)
        names = {oid: name for name, oid in COLUMNS.items()}
        rows = list(enumerate(device.interfaces, start=1))
        values = {oid: {number: row[names[oid]] for number, row in rows if names[oid] in row} for oid in columns}
        return Answer({oid: device.scalars[oid] for oid in scalars if oid in device.scalars}, values)

    def close(self) -> None:
        """Nothing to give back."""
