"""Every rule against good and bad objects, on both sides: what Python finds at a preview, and what its CEL says to a request."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from cel_expr_python import cel
from cel_expr_python.ext import ext_strings

from city.load import load_city
from city.model import City
from stacks.fleet import declared
from stacks.guard.admission import STAYS, policy
from stacks.guard.catalogue import RULES, rule_named
from stacks.guard.facts import facts_at
from stacks.guard.judge import breaches, judge_all, zone_of
from tests.unit.stacks.guard.cases import FOLDER, GuardCase, every_case

TODAY = date(2026, 11, 25)
DYNAMIC = ("object", "oldObject", "namespaceObject", "request", "variables")


def labels_around(case: GuardCase, city: City) -> dict[str, str]:
    spaces = facts_at(city, city.site_by_name[case.centre]).spaces
    return {**spaces.get(zone_of(case.body), {}), **case.space}


@pytest.mark.parametrize("case", every_case(), ids=lambda case: case.title)
def test_python_finds_exactly_what_is_wrong(case: GuardCase, tiny: City) -> None:
    facts = facts_at(tiny, tiny.site_by_name[case.centre])
    spaces = {zone_of(case.body): labels_around(case, tiny)}
    found = breaches(case.body, facts, today=TODAY, spaces=spaces, operation=case.operation)
    assert [str(breach) for breach in found] == ([case.says] if case.says else [])


@pytest.mark.parametrize("case", every_case(), ids=lambda case: case.title)
def test_cel_says_the_same_words(case: GuardCase, tiny: City) -> None:
    said = refusals(policy(rule_named(case.rule), facts_at(tiny)).fields["spec"], case, labels_around(case, tiny))
    assert said == ([case.says.split(": ", 2)[2]] if case.says else [])


def refusals(spec: dict[str, Any], case: GuardCase, space: dict[str, str]) -> list[str]:
    """What a ValidatingAdmissionPolicy says to the request, by the CEL of the language's own authors."""
    env = cel.NewEnv(variables=dict.fromkeys(DYNAMIC, cel.Type.DYN), extensions=[ext_strings.ExtStrings()])
    gone = case.operation == "DELETE"
    known: dict[str, Any] = {
        "object": None if gone else case.body,
        "oldObject": case.body if gone else None,
        "namespaceObject": {"metadata": {"name": zone_of(case.body), "labels": space}},
        "request": {"operation": case.operation, "namespace": zone_of(case.body)},
        "variables": {},
    }

    def evaluated(text: str) -> Any:
        return env.compile(text).eval(data=known)

    def value(text: str) -> Any:
        result = evaluated(text)
        assert result.type() != cel.Type.ERROR, f"{text}: {result.value()}"
        return result.plain_value()

    assert value(spec["matchConditions"][0]["expression"]) is True
    for variable in spec["variables"]:  # the API server works them out when they are asked for: one that can't be isn't there
        result = evaluated(variable["expression"])
        if result.type() != cel.Type.ERROR:
            known["variables"][variable["name"]] = result.plain_value()
    return [value(each["messageExpression"]) for each in spec["validations"] if not value(each["expression"])]


LEAVING: dict[str, Any] = {"metadata": {"deletionTimestamp": "2026-11-25T08:00:00Z", "finalizers": ["x/y"]}, "spec": {"type": "ClusterIP"}}


@pytest.mark.parametrize(
    ("operation", "before", "after", "judged"),
    [
        ("CREATE", None, {"metadata": {}, "spec": {}}, True),
        ("DELETE", LEAVING, None, True),
        ("UPDATE", {"metadata": {}, "spec": {}}, {"metadata": {}, "spec": {}}, True),
        ("UPDATE", LEAVING, {**LEAVING, "metadata": {"deletionTimestamp": "2026-11-25T08:00:00Z"}}, False),
        ("UPDATE", LEAVING, {**LEAVING, "spec": {"type": "ClusterIP", "externalIPs": ["203.0.113.7"]}}, True),
        ("UPDATE", LEAVING, {**LEAVING, "metadata": {**LEAVING["metadata"], "labels": {"plane": "common"}}}, True),
        ("UPDATE", {"metadata": LEAVING["metadata"]}, {"metadata": LEAVING["metadata"]}, False),
        ("UPDATE", {"metadata": LEAVING["metadata"]}, LEAVING, True),
    ],
)
def test_what_is_on_its_way_out_may_be_ended_but_not_made_something_else(operation: str, before: Any, after: Any, judged: bool) -> None:
    env = cel.NewEnv(variables=dict.fromkeys(DYNAMIC, cel.Type.DYN), extensions=[])
    known = {"object": after, "oldObject": before, "request": {"operation": operation}}
    assert env.compile(STAYS).eval(data=known).plain_value() is judged


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_rule_has_good_and_bad_cases_for_each_of_its_checks(rule: Any) -> None:
    good, bad = (sorted((FOLDER / rule.name / side).glob("*.yaml")) for side in ("good", "bad"))
    assert good
    words = [path.with_suffix(".txt").read_text(encoding="utf-8") for path in bad]
    for check in rule.checks:
        assert any(check.says.partition("{")[0] in text for text in words), f"{rule.name} {check.key} has no bad case"


@pytest.mark.parametrize("name", ["tiny", "shanwei"])
def test_what_the_cities_declare_breaks_no_rule(name: str) -> None:
    city = load_city(name)
    for centre in city.centres:
        bodies = [manifest.body for manifest in declared(city, centre)]
        assert [str(breach) for breach in judge_all(bodies, facts_at(city, centre), today=TODAY)] == []
