"""What the agent says about a policy that it can't enforce, where its owner looks for it: an Event on the policy. Pure.

`kubectl describe networkpolicy` shows it. The name follows from the policy's generation, so that it is written once.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from lab.fences.model import Policy

REASON: Final = "NotEnforceable"
COMPONENT: Final = "citynode-fences"


def refusals(policy: Policy) -> tuple[str, ...]:
    """One line for each direction that is closed because of a form that isn't known."""
    return tuple(f"{policy.place} {direction}: {why}" for direction, why in policy.refused.items())


def event(policy: Policy, now: datetime) -> tuple[str, dict[str, Any]]:
    """The path and the body of the Event (v1)."""
    name = f"{policy.name}.{policy.uid[:8]}.{policy.generation}"
    whys = "; ".join(f"{direction}: {why}" for direction, why in policy.refused.items())
    directions = " and ".join(policy.refused)
    time = now.strftime("%Y-%m-%dT%H:%M:%SZ")
    body = {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": name, "namespace": policy.namespace},
        "involvedObject": {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "namespace": policy.namespace,
            "name": policy.name,
            "uid": policy.uid,
        },
        "type": "Warning",
        "reason": REASON,
        "message": f"not enforceable here ({whys}); the pods that it selects are closed for {directions} until it is changed",
        "source": {"component": COMPONENT},
        "reportingComponent": COMPONENT,
        "firstTimestamp": time,
        "lastTimestamp": time,
        "count": 1,
    }
    return f"/api/v1/namespaces/{policy.namespace}/events/{name}", body
