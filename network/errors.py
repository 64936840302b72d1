"""What can go wrong between us and a router, below the project's error tree (`ops.errors`).

- Unreachable: DeviceUnreachable (NoVantage: it can't measure yet; TurnedAway: it takes no login just now), HostKeyRefused,
  LoginRefused
- PolicyRefused: DeviceBusy (somebody else is changing it), ConsentNeeded (nothing on it would take a change back)
- CitynodeError: DeviceRefused (the device did not accept a line; NotSaved: can't keep it), ChangeFailed (devices failed
  and were rolled back, or the budget is spent), RollbackFailed (a device holds neither configuration), TrialLapsed (it
  went back before it was told to stay), JournalFailed (nothing can be written down)
"""

from __future__ import annotations

from ops.errors import CitynodeError, PolicyRefused, Unreachable
from ops.language import _


class DeviceUnreachable(Unreachable):
    """The device did not answer, or went away in the middle of a session."""


class TurnedAway(DeviceUnreachable):
    """The device is there and its SSH server takes no login just now: it has too many at once, or is being started again."""


class NoVantage(DeviceUnreachable):
    """The router answers and has no address of its own to measure from: it isn't part of the network yet."""


class HostKeyRefused(Unreachable):
    """The device showed a host key that is unknown or differs from the one on file."""


class LoginRefused(Unreachable):
    """The device refused our user or key."""


class DeviceBusy(PolicyRefused):
    """Somebody else is in the middle of changing the device."""

    def __init__(self, device: str, held: str) -> None:
        super().__init__(
            _("{device} is being changed by somebody else").format(device=device),
            why=held,
            hint=_("wait until that is confirmed or has gone back by itself; then run the same command again"),
        )


class ConsentNeeded(PolicyRefused):
    """Nothing on the device would take a failed change back, and nobody has agreed to go on like that."""

    def __init__(self, device: str, cannot: str) -> None:
        super().__init__(
            _("{device} can't take a change back by itself").format(device=device),
            why=cannot,
            hint=_("have somebody at its console and add --accept-emulation, or leave it out with --devices"),
        )


class DeviceRefused(CitynodeError):
    """The device answered a configuration line with something else than its prompt."""


class ChangeFailed(CitynodeError):
    """Devices failed; those were rolled back, and the waves after them were not begun."""


class RollbackFailed(CitynodeError):
    """A device could not be brought back to its snapshot: somebody has to look at it now."""


class TrialLapsed(CitynodeError):
    """The device is not on trial for this change any more: it went back by itself."""

    def __init__(self, device: str, said: str) -> None:
        super().__init__(
            _("{device} went back by itself before its change was confirmed").format(device=device),
            why=said,
            hint=_("it took too long to be verified: change fewer devices at once, or look at its load"),
        )


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
