"""A device's turn in a step of a wave: the session that it is worked on in, and how the work ends when its time is over.

Once a turn is over nothing is typed any more: its session is cut, and no other is opened in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from threading import Lock

from network.devices.device import Device
from ops.errors import TimedOut
from ops.language import _


@dataclass
class Turn:
    """Worked on by one thread, ended by another."""

    device: str
    _lock: Lock = field(default_factory=Lock)
    _session: Device | None = None
    _is_over: bool = False

    @contextmanager
    def session(self, opened: Callable[[], Device]) -> Iterator[Device]:
        """A session to work in; TimedOut if the turn ended while it was opened."""
        with closing(opened()) as device:
            with self._lock:
                self._session = device
            self.check()
            yield device

    def check(self) -> None:
        """Raise TimedOut if the turn is over."""
        if self._is_over:
            raise TimedOut(_("the time of {device} is over").format(device=self.device))

    def end(self) -> None:
        """The time is over: whatever is under way in the session fails."""
        with self._lock:
            self._is_over = True
            session = self._session
        if session is not None:
            session.cut()
