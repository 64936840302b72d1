"""The city's policies where they count: the API server refuses what breaks them, and says what is missing; so does a preview.

Nothing of this stays: requests are dry runs, and a label that is put on for a case is taken off again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from stacks.cluster.client import MERGE, Cluster
from stacks.cluster.errors import Missing, Refused
from stacks.cluster.login import read_login
from stacks.cluster.objects import Objects
from stacks.guard.judge import zone_of
from tests.lab.rig import Rig
from tests.unit.stacks_guard.cases import GuardCase, every_case

CASES: list[GuardCase] = [parameter.values[0] for parameter in every_case()]


@pytest.fixture(scope="module")
def guarded(lab: Rig) -> Rig:
    """The lab with its centres deployed, and their policies with them."""
    lab.ok("stack", "up", "--yes")
    return lab


def objects(lab: Rig, centre: str) -> Objects:
    return Objects(Cluster(read_login(str(lab.access.centres[centre].kubeconfig)), threads=1), manager="guard-test")


def answer(api: Objects, case: GuardCase) -> str:
    """What the API server says to the case in a dry run; empty if it lets it pass."""
    try:
        if case.operation == "DELETE":
            metadata = case.body["metadata"]
            path = api.kinds.find(case.body["apiVersion"], case.body["kind"]).path(metadata["name"], metadata["namespace"])
            api.cluster.request("DELETE", path, query={"dryRun": "All"})
        else:
            api.apply(case.body, dry_run=True, force=True)
    except Missing:
        raise
    except Refused as refused:
        return refused.why
    return ""


@contextmanager
def labelled(api: Objects, zone: str, labels: dict[str, str]) -> Iterator[None]:
    """The zone with these labels beside its own, until the block ends."""

    def put(values: dict[str, str | None]) -> None:
        api.cluster.request("PATCH", f"/api/v1/namespaces/{zone}", body={"metadata": {"labels": values}}, media=MERGE)

    if labels:
        put({**labels})
    try:
        yield
    finally:
        if labels:
            put(dict.fromkeys(labels))


def test_the_api_server_says_to_each_case_what_the_rule_says(guarded: Rig) -> None:
    wrong = []
    for case in CASES:
        api = objects(guarded, case.centre)
        with labelled(api, zone_of(case.body), case.space):
            said = answer(api, case)
        wanted = case.says.split(": ", 2)[2] if case.says else ""
        if case.rule == "no-privilege" and case.body["kind"] == "Pod":
            wanted = 'violates PodSecurity "restricted:latest"'  # of pods the server's own standard speaks first
        if (wanted not in said) if wanted else said:
            wrong.append(f"{case.title}: {said or 'let pass'}")
    assert not wrong, "\n".join(wrong)
