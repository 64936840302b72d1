"""Leave to break a rule: it holds until its last day, it makes the API server look away, and it fails the run when it is over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from city.model import City, Exemption
from stacks.fleet import declared
from stacks.guard.admission import SPACE_NAME, admission_objects, binding
from stacks.guard.catalogue import RULES, rule_named
from stacks.guard.exemptions import faults
from stacks.guard.facts import SYSTEM_SPACES, facts_at
from stacks.guard.inspection import inspect_city
from stacks.guard.judge import judge_all

LAST = date(2026, 11, 25)
NEXT = LAST + timedelta(days=1)
LEAVE: dict[str, Any] = {
    "system": "archive", "rule": "dr-tier", "owner": "dr-lead", "reason": "its backup is being moved", "approver": "data-bureau",
    "expires": LAST.isoformat(),
}  # fmt: skip


@pytest.fixture
def unsaved(tiny: City) -> Callable[..., City]:
    """The tiny city where nothing backs the archive up, with an exemption of which the named fields are as given."""
    systems = tuple(each.model_copy(update={"backup": None}) if each.name == "archive" else each for each in tiny.systems)

    def make(**fields: Any) -> City:
        leave = Exemption.model_validate({**LEAVE, **fields})
        return tiny.model_copy(update={"systems": systems, "exemptions": (leave,)})

    return make


def test_it_covers_its_zone_and_its_rule_to_the_end_of_its_last_day(unsaved: Callable[..., City]) -> None:
    city = unsaved()
    bodies = [manifest.body for manifest in declared(city, city.site_by_name["dc1"])]
    today, tomorrow = (judge_all(bodies, facts_at(city), today=day) for day in (LAST, NEXT))
    assert [(each.zone, each.rule, each.exemption is not None) for each in today] == [("archive", "dr-tier", True)]
    assert today[0].text.endswith("(exempted until 2026-11-25 by data-bureau: its backup is being moved)")
    assert [each.exemption for each in tomorrow] == [None]


@pytest.mark.parametrize(("fields", "refused"), [({}, 0), ({"system": "benefits"}, 3), ({"rule": "mlps-3"}, 3)])
def test_another_zone_or_another_rule_is_not_covered(unsaved: Callable[..., City], fields: dict[str, str], refused: int) -> None:
    assert inspect_city(unsaved(**fields), LAST).refused == refused


def test_an_expired_one_is_a_fault_that_names_who_has_to_act(unsaved: Callable[..., City]) -> None:
    assert list(faults(unsaved(), LAST)) == []
    (fault,) = faults(unsaved(), NEXT)
    assert fault.says == (
        "the exemption of archive from the rule dr-tier expired on 2026-11-25; dr-lead has to mend it,"
        " or data-bureau to prolong it in exemptions.yaml"
    )
    assert inspect_city(unsaved(), NEXT).refused == 4  # the fault, and the zone in each of three centres


def test_one_of_a_rule_that_is_not_there_is_a_fault_at_once(unsaved: Callable[..., City]) -> None:
    (fault,) = faults(unsaved(rule="dr-teir"), LAST)
    assert fault.says == "the exemption of archive names the rule dr-teir, which there is not; did you mean dr-tier?"


def excluded(city: City, rule: str, today: date) -> list[str]:
    selector = binding(rule_named(rule), city, today).fields["spec"]["matchResources"]["namespaceSelector"]["matchExpressions"]
    assert [(each["key"], each["operator"]) for each in selector] == [(SPACE_NAME, "NotIn")]
    return [space for space in selector[0]["values"] if space not in SYSTEM_SPACES]


def test_the_api_server_looks_away_only_there_and_only_so_long(unsaved: Callable[..., City]) -> None:
    assert excluded(unsaved(), "dr-tier", LAST) == ["archive"]
    assert excluded(unsaved(), "mlps-3", LAST) == []
    assert excluded(unsaved(), "dr-tier", NEXT) == []


def test_every_rule_is_a_policy_that_fails_closed_with_a_binding_that_denies(tiny: City) -> None:
    made = {(manifest.kind, manifest.name): manifest.fields["spec"] for manifest in admission_objects(tiny, LAST)}
    assert len(made) == 2 * len(RULES)
    for rule in RULES:
        assert made["ValidatingAdmissionPolicy", f"citynode-{rule.name}"]["failurePolicy"] == "Fail"
        bound = made["ValidatingAdmissionPolicyBinding", f"citynode-{rule.name}"]
        assert (bound["policyName"], bound["validationActions"][0]) == (f"citynode-{rule.name}", "Deny")
