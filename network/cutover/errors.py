"""What a cutover can fail of, beside what every change of the network can.

PolicyRefused
├── OutsideWindow     the city's windows are closed now
├── Undecided         what is really there is not what the city says, and nobody decided what becomes of it
└── IsolationBroken   packets passed between planes that are to be apart
CitynodeError
└── ServiceSilent     a service doesn't answer where it has to
"""

from __future__ import annotations

from ops.errors import CitynodeError, PolicyRefused


class OutsideWindow(PolicyRefused):
    """No window of the city is open."""


class Undecided(PolicyRefused):
    """Something was found for which the city has no decision."""


class IsolationBroken(PolicyRefused):
    """What is strongly isolated was reached from another plane, or reached out of its own."""


class ServiceSilent(CitynodeError):
    """A service that must go on answering does not."""
