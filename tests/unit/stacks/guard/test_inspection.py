"""The rules over files that somebody brings, and their sentences in the reader's language."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest

from city.model import City
from ops.errors import UsageProblem
from stacks.guard import words
from stacks.guard.catalogue import RULES, rule_named
from stacks.guard.facts import facts_at
from stacks.guard.inspection import inspect_city, inspect_file
from stacks.guard.verdict import refusal, verdict_of

TODAY = date(2026, 11, 25)
SERVICE = "{apiVersion: v1, kind: Service, metadata: {name: web, namespace: NAMESPACE}, spec: {type: NodePort}}"
SPACE = "{apiVersion: v1, kind: Namespace, metadata: {name: fresh, labels: {citynode.city/egress: internet}}}"


def write(folder: Path, text: str) -> Path:
    path = folder / "objects.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_documents_and_items_of_lists_are_all_looked_at(tiny: City, tmp_path: Path) -> None:
    one = SERVICE.replace("NAMESPACE", "archive")
    path = write(tmp_path, f"{one}\n---\n{{apiVersion: v1, kind: List, items: [{one}, {one}]}}\n---\n")
    found = inspect_file(path, facts_at(tiny), TODAY)
    assert (found.objects, found.refused) == (3, 3)
    assert {breach.rule for _, breach in found.breaches} == {"no-exposure"}


def test_a_namespace_in_the_file_counts_for_what_is_in_it(tiny: City, tmp_path: Path) -> None:
    service = SERVICE.replace("NAMESPACE", "fresh")
    lonely, together = (
        [breach.rule for _, breach in inspect_file(write(tmp_path, text), facts_at(tiny), TODAY).breaches if "Service" in breach.object]
        for text in (service, f"{service}\n---\n{SPACE}")
    )
    assert (lonely, together) == (["no-exposure"], [])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("kind: [", "objects.yaml is not YAML"),
        ("", "objects.yaml holds no object"),
        ("just words", "item 1 of "),
        ("kind: Pod", "item 1 of "),
    ],
)
def test_what_is_no_object_is_told(tiny: City, tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(UsageProblem, match=says):
        inspect_file(write(tmp_path, text), facts_at(tiny), TODAY)


def test_a_file_that_is_not_there_is_told(tiny: City, tmp_path: Path) -> None:
    with pytest.raises(UsageProblem, match=r"nothing\.yaml can't be read"):
        inspect_file(tmp_path / "nothing.yaml", facts_at(tiny), TODAY)


def test_a_strict_zone_without_its_closing_policy_is_found_in_the_stack_as_a_whole(tiny: City) -> None:
    from stacks.fleet import declared
    from stacks.guard.judge import judge_all

    bodies = [manifest.body for manifest in declared(tiny, tiny.centres[0])]
    left = [body for body in bodies if (body["kind"], body["metadata"].get("namespace")) != ("NetworkPolicy", "benefits")]
    (found,) = judge_all(left, facts_at(tiny), today=TODAY)
    assert (found.rule, found.object, found.says) == ("mlps-3", "Namespace benefits", rule_named("mlps-3").asks)


def test_the_city_s_own_namespaces_are_nobody_s_zone(tiny: City, tmp_path: Path) -> None:
    found = inspect_file(write(tmp_path, SERVICE.replace("NAMESPACE", "kube-system")), facts_at(tiny), TODAY)
    assert found.refused == 0


def policy_event(message: str, level: str, urn: str | None) -> SimpleNamespace:
    return SimpleNamespace(message=message, policy_name="dr-tier", enforcement_level=level, resource_urn=urn)


def test_what_pulumi_says_of_a_policy_is_read_without_its_colours() -> None:
    urn = "urn:pulumi:tiny.dc1::citynode-centre::citynode:stacks:LandingZone$kubernetes:core/v1:Namespace::archive"
    found = verdict_of(policy_event("<{%fg 13%}>no backup<{%reset%}>\n", "mandatory", urn))
    assert str(found) == "dr-tier: Namespace archive: no backup"
    error = refusal([found, found])
    assert error is not None
    assert (error.exit_code, error.why) == (5, "\ndr-tier: Namespace archive: no backup")


def test_what_an_exemption_covers_refuses_nothing() -> None:
    assert refusal([verdict_of(policy_event("no backup", "advisory", None))]) is None


def test_every_sentence_is_found_again_to_be_told_in_another_language(tiny: City, monkeypatch: pytest.MonkeyPatch) -> None:
    facts = facts_at(tiny)
    said = [check.sentence(["a", "b"], facts) for rule in RULES for check in rule.checks]
    said += [f"{said[0]} (exempted until 2026-12-31 by data-bureau: moves (soon))", rule_named("mlps-3").asks]
    assert [words.told(text) for text in said] == said
    monkeypatch.setattr(words, "_", lambda template: f"[{template}]")
    assert [words.told(text)[0] for text in said] == ["["] * len(said)
    assert words.told(said[-2]).startswith("[[images")  # the sentence within the sentence as well


def test_the_shipped_cities_pass(tiny: City) -> None:
    assert inspect_city(tiny, TODAY).as_data()["ok"]
