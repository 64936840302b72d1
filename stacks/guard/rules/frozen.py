"""A frozen zone takes no new pods; those that run stay."""

from __future__ import annotations

from stacks.declare.labels import label
from stacks.guard.facts import Facts
from stacks.guard.kinds import POD
from stacks.guard.rule import CREATE, Case, Check, Rule

FROZEN = label("frozen")


def _newcomer(case: Case) -> list[str]:
    return [str(case.metadata.get("namespace", ""))] if case.space.get(FROZEN) == "true" else []


def _cel(_facts: Facts) -> str:
    return f"'{FROZEN}' in variables.space && variables.space['{FROZEN}'] == 'true' ? [request.namespace] : []"


FROZEN_ZONE = Rule(
    "frozen",
    title="A frozen zone takes no new pods",
    why="the plan: an operator can stop a zone from growing (overdue review, incident, move) without ending what runs in it",
    checks=(
        Check(
            "newcomer",
            (POD,),
            "the zone {found} is frozen and takes no new pods; thaw it when the reason is gone: {known}",
            _cel,
            _newcomer,
            lambda _facts: "citynode zone freeze NAME --off",
            operations=(CREATE,),
        ),
    ),
)
