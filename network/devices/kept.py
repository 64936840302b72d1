"""Sessions that were opened to read devices, kept for the change that follows: a login costs a router, and us, more than reading it.

What proves that a device can still be reached is never one of these: `Fleet.connect` always makes a new one.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from threading import Lock

from network.devices.device import Device

KEEP_SECONDS = 90.0
"""Well below what ends a forgotten login on a router (`network.intent.services.IDLE_MINUTES`)."""


@dataclass
class Kept:
    """The sessions that wait, one a device at the most; safe to use from several threads."""

    seconds: float = KEEP_SECONDS
    _waiting: dict[str, tuple[float, Device]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def put(self, device: Device) -> None:
        """Leave a session that nobody uses now."""
        with self._lock:
            before = self._waiting.pop(device.name, None)
            self._waiting[device.name] = (time.monotonic(), device)
        if before is not None:
            before[1].close()

    def take(self, name: str) -> Device | None:
        """The device's session, if one waits that isn't too old and still answers."""
        with self._lock:
            since, device = self._waiting.pop(name, (0.0, None))
        if device is None:
            return None
        if time.monotonic() - since <= self.seconds and device.answers():
            return device
        device.close()
        return None

    def close(self) -> None:
        """End whatever still waits."""
        with self._lock:
            left, self._waiting = self._waiting, {}
        for _since, device in left.values():
            device.close()
