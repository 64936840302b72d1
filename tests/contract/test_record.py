"""The book of runs keeps the same promises on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from dbos import DBOS

from ops.audit import Trail
from ops.control import Control
from ops.durable import JsonObject, Run, Step, Work, perform
from ops.errors import PolicyRefused
from ops.lease import Leases
from ops.progress import Silent
from ops.record import Record, shut_down
from tests.contract.postgres import postgresql


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The URL of a database of these tests' own."""
    with postgresql() as place:
        try:
            yield f"postgresql://{place}/citynode_ops"
        finally:
            shut_down()


@pytest.fixture(params=["sqlite", "postgresql"])
def control(request: pytest.FixtureRequest, tmp_path: Path) -> Control:
    database = request.getfixturevalue("server") if request.param == "postgresql" else ""
    return Control(tmp_path, Trail(tmp_path), Leases(tmp_path), Silent(), "li", production=False, scope=tmp_path.name, database=database)


class Stopped(BaseException):
    """Ends the process's part in the run as abruptly as can be done from within."""


def work(ran: list[str], *, stop_at: str = "", plan: int = 1) -> Work:
    def step(name: str) -> Step:
        def do(run: Run) -> JsonObject:
            ran.append(name)
            if name == stop_at:
                raise Stopped
            return {"切换": name, "before": sorted(run.done)}

        return Step(name, do)

    return Work("demo", "g1", {"plan": plan}, (step("a"), step("b"), step("c")), ("core1",))


def test_begun_stopped_and_gone_on_with(control: Control) -> None:
    ran: list[str] = []
    with pytest.raises(Stopped):
        perform(control, work(ran, stop_at="b"))
    (unfinished,) = Record.open(control).runs(unfinished=True)
    assert (dict(unfinished.done), unfinished.author, unfinished.state) == ({"a": {"切换": "a", "before": []}}, "li", "unfinished")
    outcome = perform(control, work(ran))
    assert outcome.resumed
    assert outcome.change_id == unfinished.change_id
    assert outcome.results["c"] == {"切换": "c", "before": ["a", "b"]}
    assert ran == ["a", "b", "b", "c"]
    assert Record.open(control).runs(unfinished=True) == ()
    assert [run.state for run in Record.open(control).runs()] == ["done"]


@pytest.mark.parametrize("kills", [1, 2])
def test_stopped_before_it_took_over_it_still_comes_to_one_end(control: Control, monkeypatch: pytest.MonkeyPatch, kills: int) -> None:
    """An attempt is written down, and its process dies before it closed the ones before it."""
    ran: list[str] = []
    with pytest.raises(Stopped):
        perform(control, work(ran, stop_at="b"))

    def die(_earlier: object) -> None:
        raise Stopped

    for _kill in range(kills):
        with monkeypatch.context() as patch:
            patch.setattr(DBOS, "cancel_workflow", staticmethod(die))
            patch.setattr(DBOS, "cancel_workflows", staticmethod(die))
            with pytest.raises(Stopped):
                perform(control, work(ran))
    assert perform(control, work(ran)).resumed
    assert ran == ["a", "b", "b", "c"]
    assert Record.open(control).runs(unfinished=True) == ()
    for _again in range(2):
        assert not perform(control, work(ran)).resumed


def test_abandoned_is_never_gone_on_with(control: Control) -> None:
    with pytest.raises(Stopped):
        perform(control, work([], stop_at="b"))
    with pytest.raises(PolicyRefused, match="another plan"):
        perform(control, work([], plan=2))
    record = Record.open(control)
    record.abandon(record.runs(unfinished=True)[0])
    ran: list[str] = []
    assert not perform(control, work(ran, plan=2)).resumed
    assert ran == ["a", "b", "c"]


def test_another_city_does_not_see_it(control: Control) -> None:
    with pytest.raises(Stopped):
        perform(control, work([], stop_at="b"))
    assert Record(Record.open(control)._url, "elsewhere").runs() == ()
