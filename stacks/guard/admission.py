"""The rules as ValidatingAdmissionPolicies: what the API server itself refuses, whoever asks, with the sentence that says why.

One policy and one binding a rule. The binding leaves the system's own namespaces alone, and the zones that are exempted from
the rule today. A policy that can't be evaluated refuses (`failurePolicy: Fail`). Closed lists stand in the CEL as literals:
they are short, and a ConfigMap of parameters would be one more thing that can be missing.

Sources: kubernetes.io, Validating Admission Policy; KEP-3488.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime

from city.model import City
from stacks.declare.labels import MANAGED
from stacks.declare.manifest import JsonObject, Manifest
from stacks.guard.catalogue import RULES
from stacks.guard.exemptions import exempted
from stacks.guard.facts import SYSTEM_SPACES, Facts, facts_at
from stacks.guard.kinds import VARIABLES
from stacks.guard.refused import PREFIX
from stacks.guard.rule import DELETE, Check, Rule

API = "admissionregistration.k8s.io/v1"
SPACE_NAME = "kubernetes.io/metadata.name"
"""The label that the API server itself puts on every namespace: its name."""
SAME = "has(object{0}) == has(oldObject{0}) && (!has(object{0}) || object{0} == oldObject{0})"
STAYS = " || ".join(
    (
        "request.operation != 'UPDATE' || !has(object.metadata.deletionTimestamp)",
        *(f"!({SAME.format(part)})" for part in (".spec", ".metadata.labels")),
    )
)
"""What is on its way out may be ended by whoever does so, finalizer by finalizer; a finalizer that holds it is no way past a rule."""


def admission_objects(city: City, today: date | None = None) -> tuple[Manifest, ...]:
    """Each rule's policy and its binding."""
    facts, day = facts_at(city), today or datetime.now(UTC).date()
    return tuple(manifest for rule in RULES for manifest in (policy(rule, facts), binding(rule, city, day)))


def policy_name(rule: str) -> str:
    """What the API server calls the rule in its refusals."""
    return f"{PREFIX}{rule}"


def policy(rule: Rule, facts: Facts) -> Manifest:
    """The rule's policy."""
    spec: JsonObject = {
        "failurePolicy": "Fail",
        "matchConstraints": {"resourceRules": resource_rules(rule)},
        "matchConditions": [{"name": "stays", "expression": STAYS}],
        "variables": [{"name": name, "expression": text} for name, text in variables(rule, facts)],
        "validations": [
            {
                "expression": f"size(variables.{check.key}) == 0",
                "message": check.sentence(["…"], facts),
                "messageExpression": message(check, facts),
            }
            for check in rule.checks
        ],
    }
    return Manifest(API, "ValidatingAdmissionPolicy", policy_name(rule.name), MANAGED, {"spec": spec})


def binding(rule: Rule, city: City, today: date) -> Manifest:
    """Where the rule holds: everywhere but in the system's namespaces and in exempted zones. A refusal is audited, too."""
    spaces = [*SYSTEM_SPACES, *exempted(city, rule.name, today)]
    elsewhere = {"matchExpressions": [{"key": SPACE_NAME, "operator": "NotIn", "values": spaces}]}
    spec: JsonObject = {
        "policyName": policy_name(rule.name),
        "validationActions": ["Deny", "Audit"],
        "matchResources": {"namespaceSelector": elsewhere},
    }
    return Manifest(API, "ValidatingAdmissionPolicyBinding", policy_name(rule.name), MANAGED, {"spec": spec})


def resource_rules(rule: Rule) -> list[JsonObject]:
    """What the rule is asked about: one entry a kind, with the subresources that carry the whole object."""
    found: dict[str, JsonObject] = {}
    for check in rule.checks:
        for kind in check.kinds:
            entry = found.setdefault(
                kind.name,
                {
                    "apiGroups": [kind.group],
                    "apiVersions": [kind.version],
                    "operations": [],
                    "resources": [kind.plural, *(f"{kind.plural}/{part}" for part in kind.subresources)],
                },
            )
            entry["operations"] += [each for each in check.operations if each not in entry["operations"]]
    return list(found.values())


def variables(rule: Rule, facts: Facts) -> list[tuple[str, str]]:
    """The named expressions: those of all rules that this one uses, and a list of offenders for each check."""
    own = [(check.key, guarded(check, facts)) for check in rule.checks]
    needed = _needed("".join(text for _, text in own))
    return [(name, text) for name, text in VARIABLES if name in needed] + own


def _needed(text: str) -> set[str]:
    """The common variables that a text uses, and those that these use in turn."""
    found = {name for name, _ in VARIABLES if re.search(rf"\bvariables\.{name}\b", text)}
    return found | (_needed("".join(each for name, each in VARIABLES if name in found)) if found else set())


def guarded(check: Check, facts: Facts) -> str:
    """The check's offenders; none for an object or an operation that it isn't about."""
    what = "oldObject" if check.operations == (DELETE,) else "object"
    about = f"{what}.kind in {json.dumps([kind.name for kind in check.kinds])}"
    when = f"request.operation in {json.dumps(list(check.operations))}"
    return f"{when} && {about} ? ({check.cel(facts)}) : []"


def message(check: Check, facts: Facts) -> str:
    """The CEL of the check's sentence."""
    before, found, after = check.says.replace("{known}", check.known(facts)).partition("{found}")
    parts = [json.dumps(before)] if before else []
    if found:
        parts.append(f"variables.{check.key}.join(', ')")
    if after:
        parts.append(json.dumps(after))
    return " + ".join(parts)
