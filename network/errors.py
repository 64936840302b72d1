"""What can go wrong between us and a router, below the project's error tree (`ops.errors`).

- Unreachable: DeviceUnreachable (NoVantage: it can't measure yet), HostKeyRefused, LoginRefused
- CitynodeError: DeviceRefused (the device did not accept a line; NotSaved: can't keep it), ChangeFailed (devices failed
  and were rolled back, or the budget is spent), RollbackFailed (a device holds neither configuration), JournalFailed
  (nothing can be written down)
"""

from __future__ import annotations

from ops.errors import CitynodeError, Unreachable
from ops.language import _


class DeviceUnreachable(Unreachable):
    """The device did not answer, or went away in the middle of a session."""


class NoVantage(DeviceUnreachable):
    """The router answers and has no address of its own to measure from: it isn't part of the network yet."""


class HostKeyRefused(Unreachable):
    """The device showed a host key that is unknown or differs from the one on file."""


class LoginRefused(Unreachable):
    """The device refused our user or key."""


class DeviceRefused(CitynodeError):
    """The device answered a configuration line with something else than its prompt."""


class ChangeFailed(CitynodeError):
    """Devices failed; those were rolled back, and the waves after them were not begun."""


class RollbackFailed(CitynodeError):
    """A device could not be brought back to its snapshot: somebody has to look at it now."""


class JournalFailed(CitynodeError):
    """What is done can't be written down, so that nothing more is done."""


class NotSaved(DeviceRefused):
    """The device took a configuration and can't keep it over a restart."""

    def __init__(self, device: str, said: str) -> None:
        super().__init__(
            _("{device} could not save its configuration").format(device=device),
            why=said,
            hint=_("look at the space on its disk; then run the same command again"),
        )
