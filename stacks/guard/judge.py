"""Objects before the rules: what each breaks, and whether an exemption covers it today."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from city.model import Exemption
from stacks.guard.catalogue import RULES
from stacks.guard.facts import SYSTEM_SPACES, Facts
from stacks.guard.rule import CREATE, Body, Case
from stacks.guard.words import LEAVE


@dataclass(frozen=True, slots=True)
class Breach:
    """One rule that one object breaks; `exemption` is the leave to do so that holds today."""

    rule: str
    zone: str
    object: str
    says: str
    exemption: Exemption | None = None

    def __str__(self) -> str:
        return f"{self.rule}: {self.object}: {self.text}"

    @property
    def text(self) -> str:
        """What is missing, and until when that is allowed."""
        if self.exemption is None:
            return self.says
        leave = self.exemption
        return LEAVE.format(says=self.says, day=leave.expires, approver=leave.approver, reason=leave.reason)

    def as_data(self) -> dict[str, Any]:
        """The breach for JSON."""
        until = self.exemption.expires.isoformat() if self.exemption else None
        return {"rule": self.rule, "zone": self.zone, "object": self.object, "says": self.says, "exempted_until": until}


def breaches(
    body: Body, facts: Facts, *, today: date, spaces: Mapping[str, Mapping[str, str]] | None = None, operation: str = CREATE
) -> tuple[Breach, ...]:
    """The rules that the object breaks. `spaces` are labels of namespaces that aren't, or aren't yet, the city's zones."""
    zone = zone_of(body)
    if zone in SYSTEM_SPACES:
        return ()
    case = Case(body, {**facts.spaces, **(spaces or {})}.get(zone, {}), facts)
    found = []
    for rule in RULES:
        for check in rule.checks:
            if operation in check.operations and any(kind.name == body.get("kind") for kind in check.kinds):
                offenders = check.find(case)
                if offenders:
                    leave = leave_for(facts, zone, rule.name, today)
                    found.append(Breach(rule.name, zone, title_of(body), check.sentence(offenders, facts), leave))
    return tuple(found)


def lacks(stack: Sequence[Body], facts: Facts, *, today: date) -> Iterator[Breach]:
    """What the stack as a whole lacks."""
    for rule in RULES:
        for lack in rule.whole(stack, facts) if rule.whole else ():
            yield Breach(rule.name, lack.zone, f"Namespace {lack.zone}", lack.says, leave_for(facts, lack.zone, rule.name, today))


def judge_all(bodies: Iterable[Body], facts: Facts, *, today: date) -> tuple[Breach, ...]:
    """Every breach of these objects, alone and together; namespaces among them count for the others."""
    stack = list(bodies)
    spaces = {str(body["metadata"]["name"]): body["metadata"].get("labels") or {} for body in stack if body.get("kind") == "Namespace"}
    alone = [breach for body in stack for breach in breaches(body, facts, today=today, spaces=spaces)]
    return (*alone, *lacks(stack, facts, today=today))


def leave_for(facts: Facts, zone: str, rule: str, today: date) -> Exemption | None:
    """The exemption that lets this zone break this rule today."""
    found = (one for one in facts.city.exemptions if (one.system, one.rule) == (zone, rule))
    return next((one for one in found if today <= one.expires), None)


def zone_of(body: Body) -> str:
    """The zone that the object is in, or is."""
    metadata = body.get("metadata") or {}
    return str(metadata.get("name" if body.get("kind") == "Namespace" else "namespace") or "")


def title_of(body: Body) -> str:
    """Kind, namespace and name, as an operator says them."""
    metadata = body.get("metadata") or {}
    parts = (metadata.get("namespace"), metadata.get("name") or metadata.get("generateName"))
    return f"{body.get('kind', '')} " + "/".join(str(part) for part in parts if part)
