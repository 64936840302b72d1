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


POD = "{{apiVersion: v1, kind: Pod, metadata: {{name: p, namespace: benefits}}, spec: {spec}}}"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (POD.format(spec="scalar"), "spec is not a mapping"),
        (POD.format(spec="{containers: foo}"), "spec.containers is not a list"),
        (POD.format(spec="{containers: [foo, null]}"), "spec.containers[0] is not a mapping; spec.containers[1] is not a mapping"),
        (POD.format(spec="{containers: [{image: 1.2}]}"), "spec.containers[0].name is missing; spec.containers[0].image is not text"),
        (POD.format(spec="{containers: [{name: a, resources: {limits: 2}}]}"), "spec.containers[0].resources.limits is not a mapping"),
        (POD.format(spec="{volumes: [{name: a, image: x}]}"), "spec.volumes[0].image is not a mapping"),
        (
            "{kind: CronJob, metadata: {name: x}, spec: {jobTemplate: {spec: {template: 3}}}}",
            "spec.jobTemplate.spec.template is not a mapping",
        ),
        ("{kind: Deployment, metadata: {name: x}, spec: {strategy: Recreate}}", "spec.strategy is not a mapping"),
        ("{kind: Service, metadata: {name: x}, spec: {externalIPs: 10.0.0.1}}", "spec.externalIPs is not a list"),
        ("{kind: NetworkPolicy, metadata: {name: x}, spec: {ingress: [all]}}", "spec.ingress[0] is not a mapping"),
        ("{kind: Namespace, metadata: {labels: {a: 3}}}", "metadata.name is missing; metadata.labels.a is not text"),
        ("{kind: Namespace, metadata: {name: x, labels: [a]}}", "metadata.labels is not a mapping"),
        ("{kind: List, items: [1]}", "kind or metadata is missing"),
    ],
)
def test_an_object_of_another_form_than_its_kind_s_is_told_place_by_place(tiny: City, tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(UsageProblem, match="item 1 of ") as raised:
        inspect_file(write(tmp_path, text), facts_at(tiny), TODAY)
    assert raised.value.why == why


def test_what_is_null_is_left_out_and_a_day_is_text(tiny: City, tmp_path: Path) -> None:
    text = (
        POD.format(spec="{containers: null, volumes: [{name: a, image: null, hostPath: null}]}")
        + "\n---\n{kind: Namespace, metadata: {name: x, labels: {citynode.city/review-after: 2027-06-30}}}"
    )
    said = [str(breach) for _, breach in inspect_file(write(tmp_path, text), facts_at(tiny), TODAY).breaches]
    assert all(each.startswith(("zone-labels: Namespace x: the namespace lacks", "no-privilege: Namespace x")) for each in said), said
    assert not any("review-after" in each for each in said), said


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
