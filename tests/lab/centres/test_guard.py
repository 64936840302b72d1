"""The city's policies where they count: the API server refuses what breaks them, and says what is missing; so does a preview.

Nothing of this stays: requests are dry runs, and what is put there for a case is taken away again.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ops.errors import PolicyRefused
from stacks.cluster.client import MERGE, Cluster
from stacks.cluster.errors import Missing, Refused
from stacks.cluster.login import read_login
from stacks.cluster.objects import Objects
from stacks.guard.judge import zone_of
from tests.lab.rig import Rig
from tests.program import ROOT
from tests.unit.stacks.guard.cases import FOLDER, GuardCase, every_case, read_case
from tests.waiting import wait_until


@pytest.fixture(scope="module")
def guarded(deployed: Rig) -> Rig:
    """The lab with its centres deployed, and their policies in force."""
    for centre in deployed.city.centres:
        await_policies(objects(deployed, centre.name), centre.name)
    return deployed


def await_policies(api: Objects, centre: str) -> None:
    """Return when the API server refuses a bad object by each rule: it takes policies up a moment after they are stored."""
    first = {case.rule: case for case in reversed(every_case()) if case.says and case.centre == centre and not case.space}

    def let_pass() -> list[str]:
        return [case.title for case in first.values() if not answer(api, case)]

    wait_until(let_pass, lambda titles: not titles, seconds=30, what=f"{centre} refuses", pause=0.2)


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
    apis = {centre.name: objects(guarded, centre.name) for centre in guarded.city.centres}
    wrong = []
    for case in every_case():
        wanted = case.says.split(": ", 2)[2] if case.says else ""
        if case.rule == "no-privilege" and case.body["kind"] == "Pod":
            wanted = 'violates PodSecurity "restricted:latest"'  # of pods the server's own standard speaks first
        with labelled(apis[case.centre], zone_of(case.body), case.space):
            until = time.monotonic() + 10  # its policies see a label a moment after it was put on, or taken off for the next case
            while not _says((said := answer(apis[case.centre], case)), wanted) and time.monotonic() < until:
                time.sleep(0.1)
        if not _says(said, wanted):
            wrong.append(f"{case.title}: {said or 'let pass'}")
    assert not wrong, "\n".join(wrong)


def _says(said: str, wanted: str) -> bool:
    """Whether it refuses with these words; or nothing, where none are wanted."""
    return wanted in said if wanted else not said


def test_a_namespace_by_hand_and_a_privileged_pod_are_refused_with_what_is_missing(guarded: Rig) -> None:
    api = objects(guarded, "dc1")
    by_hand = answer(api, read_case(FOLDER / "zone-labels" / "bad" / "made-by-hand.yaml"))
    assert "the namespace lacks the labels citynode.city/department, citynode.city/owner" in by_hand
    privileged = answer(api, read_case(FOLDER / "no-privilege" / "bad" / "privileged-pod.yaml"))
    assert 'container "app" must not set securityContext.privileged=true' in privileged
    assert "privileged container app; leave it out" in answer(api, read_case(FOLDER / "no-privilege" / "bad" / "privileged.yaml"))


@pytest.fixture
def unsaved(tmp_path: Path) -> Path:
    """A copy of the tiny city in which nothing backs the archive up."""
    folder = tmp_path / "tiny"
    shutil.copytree(ROOT / "cities" / "tiny", folder)
    systems = folder / "systems.yaml"
    text = systems.read_text(encoding="utf-8")
    assert SAVED in text
    systems.write_text(text.replace(SAVED, "", 1), encoding="utf-8")
    return folder


SAVED = "    backup: {every_hours: 24, keep_days: 30}\n"


def exempt(folder: Path, expires: str) -> None:
    leave = f"{{system: archive, rule: dr-tier, owner: dr-lead, reason: it moves, approver: data-bureau, expires: {expires}}}"
    (folder / "exemptions.yaml").write_text(f"exemptions: [{leave}]\n", encoding="utf-8")


def test_a_preview_names_rule_object_and_what_to_do_and_changes_nothing(guarded: Rig, unsaved: Path) -> None:
    done = guarded.run("stack", "preview", "--centre", "dc3", "--city", str(unsaved))
    assert done.code == 5, done.err
    assert "dr-tier: Namespace archive: a namespace with a DR tier that no backup selects" in done.err
    assert "give the system a backup in the city's data" in done.err


def test_an_exempted_zone_is_let_through_everywhere_and_shown_with_its_last_day(guarded: Rig, unsaved: Path) -> None:
    exempt(unsaved, "2099-12-31")
    try:
        done = guarded.ok("stack", "up", "--yes", "--centre", "dc3", "--city", str(unsaved))
        (verdict,) = done["centres"][0]["policy"]
        assert (verdict["rule"], verdict["object"], verdict["refused"]) == ("dr-tier", "Namespace archive", False)
        assert "(exempted until 2099-12-31 by data-bureau: it moves)" in verdict["says"]
        live = objects(guarded, "dc3").read("v1", "Namespace", "archive")
        assert live is not None
        assert live["metadata"]["labels"]["citynode.city/backup"] == "none"
    finally:
        guarded.ok("stack", "up", "--yes", "--centre", "dc3")


def test_an_expired_exemption_fails_the_run_and_names_who_has_to_act(guarded: Rig, unsaved: Path) -> None:
    exempt(unsaved, "2026-01-31")
    done = guarded.run("stack", "up", "--yes", "--centre", "dc3", "--city", str(unsaved))
    assert done.code == 5, done.err
    assert "the exemption of archive from the rule dr-tier expired on 2026-01-31; dr-lead has to mend it, or data-bureau" in done.err


def test_a_strict_zone_can_still_be_removed_and_made_again(guarded: Rig) -> None:
    """Its closing policy can't be taken away by hand; it goes with the zone all the same."""
    removed = guarded.ok("stack", "destroy", "--yes", "--centre", "dc3", "--zone", "benefits")
    assert removed["centres"][0]["delete"] > 0
    assert objects(guarded, "dc3").read("v1", "Namespace", "benefits") is None
    guarded.ok("stack", "up", "--yes", "--centre", "dc3", "--zone", "benefits")


def test_a_finalizer_is_no_way_past_a_rule_and_can_be_let_go(guarded: Rig) -> None:
    api, path = objects(guarded, "dc1"), "/api/v1/namespaces/archive/services/held"
    metadata = {"name": "held", "namespace": "archive", "finalizers": ["citynode.city/test"]}
    api.apply({"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": {"ports": [{"port": 8080}]}})
    api.cluster.request("DELETE", path)
    try:
        with pytest.raises(PolicyRefused, match=r"externalIPs 203\.0\.113\.7"):
            api.cluster.request("PATCH", path, body={"spec": {"externalIPs": ["203.0.113.7"]}}, media=MERGE)
    finally:
        api.cluster.request("PATCH", path, body={"metadata": {"finalizers": None}}, media=MERGE)
    with pytest.raises(Missing):
        api.cluster.request("GET", path)


def test_a_request_that_a_policy_refuses_is_a_refusal_by_policy(guarded: Rig) -> None:
    case = read_case(FOLDER / "limits" / "bad" / "none.yaml")
    with pytest.raises(PolicyRefused, match="refused PATCH") as refused:
        objects(guarded, "dc1").apply(case.body, dry_run=True, force=True)
    assert refused.value.exit_code == 5
