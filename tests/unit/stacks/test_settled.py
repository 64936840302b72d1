"""When a preview needs no engine: what a backend holds is what is declared, and nothing speaks against it."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from city.load import load_city
from city.model import City
from stacks.engine.scope import COMPONENT, EVERYTHING, Scope
from stacks.engine.settled import is_settled
from stacks.fleet import declared

CLUSTER = "a-cluster"
Edit = Callable[[dict[str, Any]], None]


@pytest.fixture(scope="module")
def city() -> City:
    return load_city("tiny")


def held(city: City) -> dict[str, Any]:
    """The deployment that an up of everything leaves at the first centre."""
    resources: list[dict[str, Any]] = [{"type": "pulumi:pulumi:Stack", "urn": "urn:pulumi:s::p::stack", "outputs": {"cluster": CLUSTER}}]
    for body in bodies(city):
        space = body["metadata"].get("namespace", "")
        title = f"{space}/{body['metadata']['name']}" if space else body["metadata"]["name"]
        zone = space or (title if body["kind"] == "Namespace" else "")
        parent = f"{COMPONENT}$" if zone in city.system_by_name else ""
        kind = f"kubernetes:{body['apiVersion']}:{body['kind']}"
        resources.append({"type": kind, "urn": f"urn:pulumi:s::p::{parent}{kind}::{title}", "inputs": deepcopy(body)})
    return {"resources": resources}


def bodies(city: City, scope: Scope = EVERYTHING) -> list[dict[str, Any]]:
    return [manifest.body for manifest in declared(city, city.centres[0], scope)]


def test_what_is_held_as_declared_is_settled(city: City) -> None:
    assert is_settled(held(city), bodies(city), EVERYTHING, CLUSTER)


def test_a_run_of_one_zone_is_not_bothered_by_another(city: City) -> None:
    scope, deployment = Scope(("archive",)), held(city)
    other = next(each for each in deployment["resources"] if each["urn"].endswith("::benefits/zone"))
    other["inputs"]["spec"]["hard"]["pods"] = "1"
    assert is_settled(deployment, bodies(city, scope), scope, CLUSTER)
    assert not is_settled(deployment, bodies(city), EVERYTHING, CLUSTER)


def _other_cluster(deployment: dict[str, Any]) -> None:
    deployment["resources"][0]["outputs"]["cluster"] = "another"


def _broken_off(deployment: dict[str, Any]) -> None:
    deployment["pending_operations"] = [{"type": "creating"}]


def _half_made(deployment: dict[str, Any]) -> None:
    deployment["resources"][-1]["initErrors"] = ["not ready"]


def _changed(deployment: dict[str, Any]) -> None:
    deployment["resources"][-1]["inputs"]["metadata"]["labels"] = {}


def _one_less(deployment: dict[str, Any]) -> None:
    deployment["resources"].pop()


def _one_more(deployment: dict[str, Any]) -> None:
    extra = deepcopy(deployment["resources"][-1])
    extra["inputs"]["metadata"]["name"] = "by-an-earlier-version"
    deployment["resources"].append(extra)


def _twice(deployment: dict[str, Any]) -> None:
    deployment["resources"].append({**deepcopy(deployment["resources"][-1]), "delete": True})


def _nothing(deployment: dict[str, Any]) -> None:
    deployment.clear()


@pytest.mark.parametrize("edit", [_other_cluster, _broken_off, _half_made, _changed, _one_less, _one_more, _twice, _nothing])
def test_anything_else_is_for_the_engine_to_say(city: City, edit: Edit) -> None:
    deployment = held(city)
    edit(deployment)
    assert not is_settled(deployment, bodies(city), EVERYTHING, CLUSTER)
