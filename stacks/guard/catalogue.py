"""The table of rules; everything that enforces, tests or shows rules goes through it."""

from __future__ import annotations

from ops.suggest import unknown
from stacks.guard.rule import Rule
from stacks.guard.rules.dr_tier import DR_TIER
from stacks.guard.rules.frozen import FROZEN_ZONE
from stacks.guard.rules.image_registry import IMAGE_REGISTRY
from stacks.guard.rules.limits import LIMITS
from stacks.guard.rules.mlps_3 import MLPS_3
from stacks.guard.rules.no_exposure import NO_EXPOSURE
from stacks.guard.rules.no_privilege import NO_PRIVILEGE
from stacks.guard.rules.zone_labels import ZONE_LABELS

RULES: tuple[Rule, ...] = (IMAGE_REGISTRY, NO_PRIVILEGE, LIMITS, ZONE_LABELS, NO_EXPOSURE, DR_TIER, MLPS_3, FROZEN_ZONE)


def rule_named(name: str) -> Rule:
    """The rule of that name; the nearest one is suggested if there is none."""
    rules = {rule.name: rule for rule in RULES}
    if name not in rules:
        raise unknown("rule", name, rules)
    return rules[name]
