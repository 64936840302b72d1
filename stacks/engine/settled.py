"""Whether there is anything for an engine to do: what a stack holds, as its backend tells it, against what is declared.

Pulumi compares declared inputs with recorded ones, resource by resource, and asks the cluster about none that is the same. Where
every one is the same the answer is known without it, in a tenth of the time. All else is Pulumi's: one difference, one object too
many, a run that broke off, another cluster, a policy that has anything to say, and this module says no.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from city.model import City, Site
from stacks.engine.scope import Scope
from stacks.guard.exemptions import faults
from stacks.guard.facts import facts_at
from stacks.guard.judge import judge_all

Deployment = Mapping[str, Any]
_KUBERNETES, _STACK = "kubernetes:", "pulumi:pulumi:Stack"
_UNFINISHED = ("delete", "taint", "initErrors", "pendingReplacement")
"""Marks of a resource that a run left half done."""
Key = tuple[str, str, str, str]


def is_settled(deployment: Deployment, bodies: Iterable[Mapping[str, Any]], scope: Scope, cluster: str) -> bool:
    """Whether a preview of these objects on this cluster could only say that nothing changes."""
    resources = deployment.get("resources") or ()
    stack = next((each for each in resources if each["type"] == _STACK), None)
    if stack is None or deployment.get("pending_operations") or (stack.get("outputs") or {}).get("cluster") != cluster:
        return False
    held = [each for each in resources if each["type"].startswith(_KUBERNETES) and scope.covers(each["urn"])]
    if any(each.get(mark) for each in held for mark in _UNFINISHED):
        return False
    wanted = {_key(body): body for body in json.loads(json.dumps(list(bodies)))}
    found = {_key(each["inputs"]): each["inputs"] for each in held}
    return len(found) == len(held) and found == wanted


def is_unremarkable(city: City, site: Site, bodies: Iterable[Mapping[str, Any]], today: date) -> bool:
    """Whether no policy has anything to say, not even that an exemption covers it."""
    return not any(faults(city, today)) and not judge_all([dict(body) for body in bodies], facts_at(city, site), today=today)


def _key(body: Mapping[str, Any]) -> Key:
    metadata = body.get("metadata") or {}
    return str(body.get("apiVersion")), str(body.get("kind")), str(metadata.get("namespace", "")), str(metadata.get("name"))
