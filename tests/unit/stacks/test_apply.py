"""An up that was cut short applies what is declared by then, however far the first attempt came."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from city.model import City
from ops.audit import Trail
from ops.control import Control
from ops.lease import Leases
from ops.progress import Silent
from stacks import apply
from stacks.engine.automation import Engine
from stacks.engine.backend import backend_for
from stacks.engine.change import CentreRun
from stacks.fleet import Fleet, Member


class Stopped(BaseException):
    """Ends the process's part as abruptly as can be done from within."""


def test_an_up_stopped_while_the_clusters_are_asked_applies_again(tiny: City, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    member = Member(tiny.centres[0], tmp_path / "kubeconfig", "tiny.dc1")
    fleet = Fleet(tiny, (member,), Engine(backend_for(tmp_path, {}), tmp_path), Silent())
    control = Control(tmp_path, Trail(tmp_path), Leases(tmp_path), Silent(), "li", production=False, scope=tmp_path.name)
    applied: list[str] = []
    asked: Iterator[Stopped | int] = iter([Stopped(), 3])

    def each(_fleet: Fleet, _work: Any) -> tuple[CentreRun, ...]:
        applied.append("dc1")
        return (CentreRun("dc1", (), len(applied), 0.1),)

    def verify(*_anything: object) -> int:
        answer = next(asked)
        if isinstance(answer, Stopped):
            raise answer
        return answer

    monkeypatch.setattr(Fleet, "each", each)
    monkeypatch.setattr(apply, "identity_of", str)
    monkeypatch.setattr(apply, "refuse_forgotten", lambda *_anything: None)
    monkeypatch.setattr(apply, "verify_centre", verify)
    with pytest.raises(Stopped):
        apply.up(control, fleet)
    done = apply.up(control, fleet)
    assert (applied, done["resumed"], done["verified"]) == (["dc1", "dc1"], True, {"dc1": 3})
    assert done["centres"][0]["objects"] == 2  # the second attempt's own
