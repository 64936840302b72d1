"""Every failure that citynode reports, as one tree.

    CitynodeError        1  it failed
    ├── UsageProblem     2  the command, a file or a setting is wrong
    ├── Unreachable      3  a device, a server or a login refused or did not answer
    ├── PolicyRefused    5  a rule of the city or an approval is in the way
    ├── ChangesPending   7  the world differs from what was declared
    ├── Declined         8  somebody said no, or stopped it
    └── TimedOut         9  it took longer than it was given

The number is the process's exit code. Library code raises these and never prints; `cli.main` prints them.
Each says what happened, why, and what to try.
"""

from __future__ import annotations

from typing import ClassVar


class CitynodeError(Exception):
    """What failed, why, and the next step."""

    exit_code: ClassVar[int] = 1

    def __init__(self, what: str, *, why: str = "", hint: str = "", **facts: object) -> None:
        super().__init__(what)
        self.what = what
        self.why = why
        self.hint = hint
        self.facts = facts

    def __str__(self) -> str:
        return ": ".join(part for part in (self.what, self.why) if part)


class UsageProblem(CitynodeError):
    """The command line, a file or a setting is wrong; nothing was done."""

    exit_code = 2


class Unreachable(CitynodeError):
    """A device or server did not answer, or refused the login or its host key."""

    exit_code = 3


class PolicyRefused(CitynodeError):
    """A rule, a missing approval or somebody else's lease stands in the way."""

    exit_code = 5


class ChangesPending(CitynodeError):
    """The world is not as declared (drift, or changes not yet applied)."""

    exit_code = 7


class Declined(CitynodeError):
    """A person said no or stopped the run; what was applied until then is named."""

    exit_code = 8


class TimedOut(CitynodeError):
    """It did not end within its time."""

    exit_code = 9
