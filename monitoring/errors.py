"""Failures of monitoring.

Unreachable (3)
├── NoAnswer        an agent stays silent
├── LoginRefused    an agent refuses the user or a key
├── BadAnswer       an agent's answer makes no sense
└── NoMetrics       Prometheus does not answer, or knows nothing of the city
"""

from __future__ import annotations

from ops.errors import Unreachable


class NoAnswer(Unreachable):
    """The agent did not answer in time."""


class LoginRefused(Unreachable):
    """The agent answered and refused: an unknown user, a wrong authentication or privacy key."""


class BadAnswer(Unreachable):
    """The agent answered with values that are none: a number that is a text, a row that can't be counted."""


class NoMetrics(Unreachable):
    """Prometheus can't be asked, or holds no data of this city."""
