"""Only a zone of the internet egress tier may open itself past the cluster."""

from __future__ import annotations

from city.model import Egress
from stacks.declare.labels import label
from stacks.guard.facts import Facts
from stacks.guard.kinds import SERVICE
from stacks.guard.rule import Case, Check, Rule

EGRESS = label("egress")
OUTWARD = ("LoadBalancer", "NodePort")


def _doors(case: Case) -> list[str]:
    if case.space.get(EGRESS) == Egress.INTERNET:
        return []
    found = [f"type {case.spec['type']}"] if case.spec.get("type") in OUTWARD else []
    return [*found, *(f"externalIPs {address}" for address in case.spec.get("externalIPs") or ())]


def _cel(_facts: Facts) -> str:
    outward = " || ".join(f"object.spec.type == '{kind}'" for kind in OUTWARD)
    doors = (
        f"(has(object.spec.type) && ({outward}) ? ['type ' + object.spec.type] : [])"
        " + (has(object.spec.externalIPs) ? object.spec.externalIPs.map(a, 'externalIPs ' + a) : [])"
    )
    return f"'{EGRESS}' in variables.space && variables.space['{EGRESS}'] == '{Egress.INTERNET}' ? [] : {doors}"


NO_EXPOSURE = Rule(
    "no-exposure",
    title="No service is opened to the outside but in zones of the internet egress tier",
    why="GB/T 22239-2019 8.1.3.1 boundary protection (边界防护): crossings only through controlled interfaces; the plan's planes",
    checks=(
        Check(
            "doors",
            (SERVICE,),
            "a service that is open past the cluster: {found}; use type ClusterIP, or let the system have {known} in the city's data",
            _cel,
            _doors,
            lambda _facts: f"egress: {Egress.INTERNET}",
        ),
    ),
)
