"""What is told of a centre whose run failed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from city.model import City
from ops.errors import CitynodeError, PolicyRefused, Unreachable
from ops.progress import Silent
from stacks import fleet
from stacks.engine.automation import Engine
from stacks.engine.backend import backend_for

ENDED = CitynodeError("pulumi failed on the stack tiny.dc1", why="Resource monitor has terminated, shutting down")
GONE = Unreachable("the API server can't be reached", why="connection refused")


@pytest.mark.parametrize(
    ("failed", "answers", "kind", "says"),
    [
        (ENDED, ["uid", GONE], Unreachable, "the API server can't be reached: connection refused; Resource monitor has terminated"),
        (ENDED, ["uid", "uid"], CitynodeError, "pulumi failed on the stack tiny.dc1: Resource monitor has terminated"),
        (PolicyRefused("no"), ["uid"], PolicyRefused, "no"),
    ],
    ids=["the-cluster-is-gone", "the-cluster-is-there", "it-says-why"],
)
def test_a_run_that_ended_without_a_reason_is_told_by_a_cluster_that_is_gone(
    tiny: City, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failed: CitynodeError, answers: list[Any], kind: type, says: str
) -> None:
    left = iter(answers)

    def identity(_kubeconfig: Path) -> str:
        answer = next(left)
        if isinstance(answer, str):
            return answer
        raise answer

    def work(_stack: object, _told: object) -> Any:
        raise failed

    monkeypatch.setattr(fleet, "identity_of", identity)
    monkeypatch.setattr(Engine, "command", lambda _self: None)
    monkeypatch.setattr(Engine, "open", lambda _self, *_words, **_more: None)
    members = (fleet.Member(tiny.centres[0], tmp_path / "kubeconfig", "tiny.dc1"),)
    (run,) = fleet.Fleet(tiny, members, Engine(backend_for(tmp_path, {}), tmp_path), Silent()).each(work)
    assert type(run.error) is kind
    assert str(run.error).startswith(says), str(run.error)
