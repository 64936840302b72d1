"""A DR tier is a promise: the zone's data is selected for backup, and an application-level system doesn't hang on one pod.

A system that can't run twice at once (its files or its database take one writer) says so in an annotation with the reason; its
second copy is then its zone in the same-city centre, and its workload must be one that never runs two pods (`Recreate`, or a
StatefulSet). A workload scaled to none stands by and is fine; a data zone runs restores only and isn't asked; what the province
runs, the province backs up.
"""

from __future__ import annotations

from city.model import Tier
from stacks.declare.labels import NO_BACKUP, label
from stacks.declare.placement import ZoneRole
from stacks.guard.facts import Facts, literal
from stacks.guard.kinds import DEPLOYMENT, NAMESPACE, OWN_NAME, STATEFUL_SET
from stacks.guard.rule import Case, Check, Rule

TIER, ROLE, BACKUP = label("tier"), label("role"), label("backup")
SINGLE = label("single-writer")
"""The annotation of a workload that must not run twice at once: why."""


def _unsaved(case: Case) -> list[str]:
    protected = case.labels.get(TIER, Tier.NONE) != Tier.NONE and case.metadata.get("name") not in case.facts.elsewhere
    return [BACKUP] if protected and case.labels.get(BACKUP, NO_BACKUP) in ("", NO_BACKUP) else []


def _unsaved_cel(facts: Facts) -> str:
    here = f"!({OWN_NAME} in {literal(facts.elsewhere)})"
    protected = f"'{TIER}' in variables.labels && variables.labels['{TIER}'] != '{Tier.NONE}' && {here}"
    return f"{protected} && (!('{BACKUP}' in variables.labels) || variables.labels['{BACKUP}'] in ['', '{NO_BACKUP}']) ? ['{BACKUP}'] : []"


def _alone(case: Case) -> list[str]:
    serves = case.space.get(TIER) == Tier.APPLICATION and case.space.get(ROLE) != ZoneRole.DATA
    if not serves or case.spec.get("replicas", 1) != 1 or _is_single_writer(case):
        return []
    return [f"{case.body['kind']} {case.metadata.get('name', '')}"]


def _is_single_writer(case: Case) -> bool:
    said = (case.metadata.get("annotations") or {}).get(SINGLE)
    never_two = case.body["kind"] == "StatefulSet" or (case.spec.get("strategy") or {}).get("type") == "Recreate"
    return bool(said) and never_two


def _alone_cel(_facts: Facts) -> str:
    tier = f"'{TIER}' in variables.space && variables.space['{TIER}'] == '{Tier.APPLICATION}'"
    role = f"!('{ROLE}' in variables.space && variables.space['{ROLE}'] == '{ZoneRole.DATA}')"
    one = "(has(object.spec.replicas) ? object.spec.replicas : 1) == 1"
    said = f"has(object.metadata.annotations) && '{SINGLE}' in object.metadata.annotations && object.metadata.annotations['{SINGLE}'] != ''"
    never_two = (
        "(object.kind == 'StatefulSet'"
        " || has(object.spec.strategy) && has(object.spec.strategy.type) && object.spec.strategy.type == 'Recreate')"
    )
    return f"{tier} && {role} && {one} && !({said} && {never_two}) ? [object.kind + ' ' + {OWN_NAME}] : []"


DR_TIER = Rule(
    "dr-tier",
    title="A DR tier means a backup, and at the application level replicas",
    why="GB/T 22239-2019 8.1.4.9 data backup and recovery (数据备份恢复): local and remote backup, hot redundancy; the plan's DR tiers",
    checks=(
        Check(
            "unsaved",
            (NAMESPACE,),
            "a namespace with a DR tier that no backup selects: {found} is missing; give the system a backup in the city's data: {known}",
            _unsaved_cel,
            _unsaved,
            lambda _facts: "backup: every_hours, keep_days",
        ),
        Check(
            "alone",
            (DEPLOYMENT, STATEFUL_SET),
            "only one pod in a zone of the application tier: {found}; set replicas to 2 or more, or say in the annotation {known} why it"
            " can't run twice (with strategy Recreate)",
            _alone_cel,
            _alone,
            lambda _facts: SINGLE,
        ),
    ),
)
