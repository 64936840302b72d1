"""How a refusal by one of our own policies is told from any other."""

from __future__ import annotations

from stacks.cluster.errors import Denied, Refused

PREFIX = "citynode-"
"""How our policies' names begin at the API server."""


def by_our_policy(refused: Refused) -> bool:
    """Whether the API server refused because a policy of the city says no."""
    return isinstance(refused, Denied) and f"ValidatingAdmissionPolicy '{PREFIX}" in refused.why
