"""When an object counts as made: what its kind waits for after it was written, and why it isn't there yet.

Which kinds are waited for, and for what, follows the official provider's awaiters (pulumi-kubernetes, provider/pkg/await);
the annotations `pulumi.com/skipAwait` and `pulumi.com/timeoutSeconds` mean the same here. Services aren't waited for:
who calls them finds out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from stacks.declare import quantity

Tree = Mapping[str, Any]
SKIP = "pulumi.com/skipAwait"
SECONDS = "pulumi.com/timeoutSeconds"


@dataclass(frozen=True, slots=True)
class Wait:
    """How long a kind may take, and the question that tells: an empty answer means that it is ready."""

    seconds: float
    missing: Callable[[Tree], str]


class NeverReady(Exception):
    """The object says itself that it won't get there."""


def wait_for(declared: Tree) -> Wait | None:
    """What is waited for after this object was written; None if nothing is."""
    notes = (declared.get("metadata") or {}).get("annotations") or {}
    wait = WAITS.get(str(declared.get("kind")))
    if wait is None or str(notes.get(SKIP, "")).lower() == "true":
        return None
    seconds = str(notes.get(SECONDS, ""))
    return Wait(float(seconds), wait.missing) if seconds.isdigit() else wait


def _namespace(live: Tree) -> str:
    phase = _status(live).get("phase")
    return "" if phase == "Active" else f"its phase is {phase or 'unknown'}"


def _quota(live: Tree) -> str:
    """A quota that isn't accounted for yet refuses every pod."""
    granted = _status(live).get("hard") or {}
    late = sorted(key for key, amount in (live["spec"].get("hard") or {}).items() if not quantity.same(amount, granted.get(key)))
    return f"not yet accounted for: {', '.join(late)}" if late else ""


def _deployment(live: Tree) -> str:
    status, wanted = _status(live), live["spec"].get("replicas", 1)
    broken = _condition(live, "Progressing")
    if broken.get("reason") == "ProgressDeadlineExceeded" and not _behind(live):
        raise NeverReady(str(broken.get("message", "")))
    return (
        _behind(live)
        or _counted(status, wanted, "updatedReplicas", "updated")
        or _counted(status, wanted, "availableReplicas", "available")
    )


def _stateful(live: Tree) -> str:
    status, wanted = _status(live), live["spec"].get("replicas", 1)
    return _behind(live) or _counted(status, wanted, "readyReplicas", "ready") or _counted(status, wanted, "updatedReplicas", "updated")


def _daemons(live: Tree) -> str:
    status = _status(live)
    wanted = status.get("desiredNumberScheduled", 0)
    return (
        _behind(live)
        or _counted(status, wanted, "updatedNumberScheduled", "updated")
        or _counted(status, wanted, "numberAvailable", "available")
    )


def _job(live: Tree) -> str:
    failed = _condition(live, "Failed")
    if failed.get("status") == "True":
        raise NeverReady(str(failed.get("message") or failed.get("reason") or "it failed"))
    if live["spec"].get("suspend") or _condition(live, "Complete").get("status") == "True":
        return ""
    return f"{_status(live).get('succeeded', 0)} of {live['spec'].get('completions', 1)} completed"


def _claim(live: Tree) -> str:
    phase = _status(live).get("phase")
    if phase == "Lost":
        raise NeverReady("its volume is lost")
    return "" if phase == "Bound" else f"its phase is {phase or 'unknown'}"


def _pod(live: Tree) -> str:
    phase = _status(live).get("phase")
    if phase == "Failed":
        raise NeverReady(str(_status(live).get("message") or "it failed"))
    ready = _condition(live, "Ready")
    return "" if phase == "Succeeded" or ready.get("status") == "True" else str(ready.get("message") or f"its phase is {phase}")


def _definition(live: Tree) -> str:
    return "" if _condition(live, "Established").get("status") == "True" else "it isn't served yet"


WAITS: dict[str, Wait] = {
    "CustomResourceDefinition": Wait(60, _definition),
    "DaemonSet": Wait(600, _daemons),
    "Deployment": Wait(600, _deployment),
    "Job": Wait(600, _job),
    "Namespace": Wait(60, _namespace),
    "PersistentVolumeClaim": Wait(300, _claim),
    "Pod": Wait(600, _pod),
    "ResourceQuota": Wait(60, _quota),
    "StatefulSet": Wait(600, _stateful),
}
"""A claim whose storage class binds at first use isn't waited for either; that is asked of the cluster (`Resources`)."""


def _status(live: Tree) -> Tree:
    return live.get("status") or {}


def _condition(live: Tree, kind: str) -> Tree:
    return next((each for each in _status(live).get("conditions") or () if each.get("type") == kind), {})


def _behind(live: Tree) -> str:
    """Whether its controller has seen the latest change."""
    seen, made = _status(live).get("observedGeneration", 0), live["metadata"].get("generation", 0)
    return "" if seen >= made else "its controller hasn't looked at it yet"


def _counted(status: Tree, wanted: int, key: str, word: str) -> str:
    found = status.get(key, 0)
    return "" if found >= wanted else f"{found} of {wanted} replicas {word}"
