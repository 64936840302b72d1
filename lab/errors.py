"""What can go wrong with a lab.

CitynodeError
├── UsageProblem
│   ├── NotRoot            the lab makes namespaces: it needs root
│   └── MissingPackages    Debian packages that the lab is built from
├── PolicyRefused
│   ├── LabBusy            another command is working on this lab right now
│   └── PoweredOff         the node was switched off by `lab break`
└── LabFailed              a part of the lab did not come up
"""

from __future__ import annotations

from ops.errors import CitynodeError, PolicyRefused, UsageProblem


class NotRoot(UsageProblem):
    """The caller isn't root."""


class MissingPackages(UsageProblem):
    """Programs that the lab is built from aren't installed."""


class LabBusy(PolicyRefused):
    """Another command holds the lab."""


class PoweredOff(PolicyRefused):
    """A fault that somebody asked for keeps this node off."""


class LabFailed(CitynodeError):
    """A part of the lab did not come up or did not end."""
