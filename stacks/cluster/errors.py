"""What an API server can answer besides the thing asked for.

    CitynodeError
    ├── Unreachable          no answer, no trust, or no login      [unreachable]
    ├── Refused              it understood and said no             [refused]
    │   ├── Missing          the object or its namespace is not there
    │   └── Denied           an admission policy said why it refused [policy]
    ├── FieldOwned           another manager holds a field         [field-owned]
    └── Stuck (TimedOut)     a deletion that doesn't end           [stuck]

The word in brackets travels in the message of a provider's failure, so that the exit code survives Pulumi.
"""

from __future__ import annotations

from ops.errors import CitynodeError, PolicyRefused, TimedOut


class Refused(CitynodeError):
    """The API server understood the request and refused it."""

    def __init__(self, what: str, *, status: int, why: str = "", hint: str = "") -> None:
        super().__init__(what, why=why, hint=hint, status=status)
        self.status = status


class Missing(Refused):
    """The object, or the namespace that it belongs in, does not exist."""


class Denied(Refused, PolicyRefused):
    """An admission policy of the cluster refused the object, in its own words."""


class FieldOwned(PolicyRefused):
    """Server-side apply found fields that another field manager owns."""


class Stuck(TimedOut):
    """A deletion that does not end; its finalizers or what is left in it are named."""
