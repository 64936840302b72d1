"""Leave to break a rule: data with an owner, a reason, an approver and a last day. One that is over fails every run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from city.model import City, Exemption
from ops.suggest import nearest
from stacks.guard.catalogue import RULES
from stacks.guard.words import EXPIRED, UNKNOWN


@dataclass(frozen=True, slots=True)
class Fault:
    """An exemption that can't stand as it is."""

    exemption: Exemption
    says: str


def faults(city: City, today: date) -> Iterator[Fault]:
    """The exemptions that have expired, and those of rules that aren't there."""
    known = [rule.name for rule in RULES]
    for one in city.exemptions:
        if one.rule not in known:
            close = nearest(one.rule, known) or ", ".join(known)
            yield Fault(one, UNKNOWN.format(rule=one.rule, system=one.system, close=close))
        elif one.expires < today:
            yield Fault(one, EXPIRED.format(rule=one.rule, system=one.system, day=one.expires, owner=one.owner, approver=one.approver))


def exempted(city: City, rule: str, today: date) -> tuple[str, ...]:
    """The zones that the rule leaves alone today."""
    return tuple(sorted({one.system for one in city.exemptions if one.rule == rule and today <= one.expires}))
