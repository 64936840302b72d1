"""Every container says how much it may use at most."""

from __future__ import annotations

from stacks.guard.facts import Facts
from stacks.guard.kinds import POD, TEMPLATES, pod_spec
from stacks.guard.rule import Case, Check, Rule

AMOUNTS = ("cpu", "memory")
LASTING = ("containers", "initContainers")
"""A container that somebody attaches to look at a pod can't have limits."""


def _unlimited(case: Case) -> list[str]:
    spec = pod_spec(case.body)
    found = []
    for container in (each for key in LASTING for each in spec.get(key) or ()):
        limits = (container.get("resources") or {}).get("limits") or {}
        found += [f"{amount} of {container['name']}" for amount in AMOUNTS if amount not in limits]
    return found


def _cel(_facts: Facts) -> str:
    lasting = "(variables.pod.containers + (has(variables.pod.initContainers) ? variables.pod.initContainers : []))"
    limits = "has(c.resources) && has(c.resources.limits) && '{amount}' in c.resources.limits"
    each = " + ".join(f"({limits.format(amount=amount)} ? [] : ['{amount} of ' + c.name])" for amount in AMOUNTS)
    return f"{lasting}.map(c, ({each}).join(', ')).filter(t, t != '')"


LIMITS = Rule(
    "limits",
    title="Every container has limits for processor and memory",
    why="the plan's quotas add up only if every container is limited; Kubernetes: a quota on limits refuses pods without them",
    checks=(Check("unlimited", (POD, *TEMPLATES), "containers without limits: {found}; set resources.limits for each", _cel, _unlimited),),
)
