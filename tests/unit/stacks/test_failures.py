"""A failure keeps its kind, and so its exit code, on its way through Pulumi; and Pulumi's own words are understood."""

from __future__ import annotations

from pathlib import Path

import pytest

from ops.errors import CitynodeError, PolicyRefused, TimedOut, Unreachable, UsageProblem
from stacks.cluster.errors import FieldOwned, Refused, Stuck
from stacks.cluster.owners import conflicts, is_hand
from stacks.engine.change import CentreRun
from stacks.engine.outcome import error_of, exit_code
from stacks.fleet import raise_failed
from stacks.provider.failures import errors_in, message_of


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (FieldOwned("quota is owned", why="pods by argocd", hint="--force"), 5),
        (Stuck("Namespace x is still there", why="finalizers: a"), 9),
        (TimedOut("too slow"), 9),
        (Unreachable("the API server can't be reached", why="timed out", hint="citynode lab status"), 3),
        (PolicyRefused("no"), 5),
        (UsageProblem("bad kubeconfig"), 2),
        (Refused("denied", status=403, why="forbidden"), 1),
        (CitynodeError("broken"), 1),
    ],
)
def test_an_error_survives_the_way_through_pulumi(error: CitynodeError, code: int) -> None:
    carried = f"rpc error: code = Unknown desc = {message_of(error)}\n"
    (back,) = errors_in(f"error: kubernetes:core/v1:Namespace (x):\n    {carried}")
    assert (back.what, back.why, back.hint, back.exit_code) == (error.what, error.why, error.hint, code)


def test_a_text_without_a_mark_carries_nothing() -> None:
    assert errors_in("error: update failed\n[not-a-mark] x") == ()


@pytest.mark.parametrize(
    ("text", "messages", "kind", "says"),
    [
        ("code: 255\nstderr: error: update failed", ["[unreachable] dc3 is silent | why: late | try: x"], Unreachable, "dc3 is silent"),
        ("code: 255\nstderr: error: no space left on device", [], CitynodeError, "no space left on device"),
        ("code: 255\nstderr: error: incorrect passphrase", [], UsageProblem, "incorrect passphrase"),
        ("code: 255\nstderr: error: the stack is currently locked by 1 lock(s)", [], PolicyRefused, "currently locked"),
        ("code: 255", ["Apply failed with 1 conflict: conflict with \"argocd\""], FieldOwned, "argocd"),
        ("code: 255", ["configured Kubernetes cluster is unreachable: connection refused"], Unreachable, "connection refused"),
        ("code: 9\nstderr: error: it took too long", [], TimedOut, "it took too long"),
        ("nothing known", [], CitynodeError, "exit code 255"),
    ],
)  # fmt: skip
def test_what_pulumi_says_becomes_an_error_of_ours(text: str, messages: list[str], kind: type[CitynodeError], says: str) -> None:
    found = error_of("tiny.dc1", text, messages)
    assert type(found) is kind
    assert says in str(found)


def test_the_exit_code_is_read_from_the_text() -> None:
    assert exit_code(" code: 7\n stdout: ") == 7
    assert exit_code("something else") == 255


def test_the_first_failed_centre_is_raised_and_the_others_are_named() -> None:
    runs = [
        CentreRun("dc1", (), 5, 1.0),
        CentreRun("dc2", (), 0, 1.0, error=Stuck("Namespace x is still there", hint="wait")),
        CentreRun("dc3", (), 0, 1.0, error=Unreachable("no answer")),
    ]
    with pytest.raises(TimedOut, match="dc2: Namespace x") as raised:
        raise_failed(runs)
    assert "dc3: no answer" in raised.value.why
    assert raised.value.exit_code == 9
    raise_failed(runs[:1])


def conflict(message: str) -> Refused:
    refused = Refused("no", status=409)
    refused.facts["details"] = {"causes": [{"reason": "FieldManagerConflict", "message": message, "field": ".spec.hard.pods"}]}
    return refused


@pytest.mark.parametrize(
    ("message", "manager", "by_hand"),
    [
        ('conflict with "kubectl-edit" using v1', "kubectl-edit", True),
        ('conflict with "OpenAPI-Generator" using v1', "OpenAPI-Generator", True),
        ('conflict with "kubectl" with subresource "status" using v1', "kubectl", True),
        ('conflict with "argocd-controller"', "argocd-controller", False),
        ('conflict with "kubectl"', "kubectl", False),  # kubectl apply --server-side: declared, not merely changed
        ('conflict with "kube-controller-manager" using v1', "kube-controller-manager", False),
    ],
)
def test_a_hand_is_overruled_and_another_owner_is_not(message: str, manager: str, by_hand: bool) -> None:
    (found,) = conflicts(conflict(message))
    assert (found.manager, found.field, is_hand(found)) == (manager, "spec.hard.pods", by_hand)


def test_a_conflict_of_another_kind_is_none() -> None:
    assert conflicts(Refused("no", status=409)) == ()


def test_a_run_that_failed_says_so_in_its_data(tmp_path: Path) -> None:
    data = CentreRun("dc1", (), 0, 1.234, error=Unreachable("no answer", why="timed out")).as_data()
    assert (data["error"], data["changes"], data["seconds"]) == ("no answer: timed out", 0, 1.23)
