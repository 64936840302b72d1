"""A copy that takes days: what it needs stays open, short silences pass, and limits are reckoned from bytes."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from threading import Event
from types import SimpleNamespace
from typing import Any, cast

import pytest

from city.model import City
from migrate import carriage, files, limits, replication, road, steps
from migrate.carriage import beside, pull_files
from migrate.catalogue import Table, batches
from migrate.database import Psql, Row
from migrate.errors import Stalled
from migrate.planning.demand import demands
from migrate.planning.rules import UNIT
from migrate.remote.program import RemoteProgram
from migrate.road import Road, Sample
from migrate.scene import Scene
from migrate.verify import sums
from ops.durable import Run
from ops.errors import Unreachable
from ops.progress import Silent
from tests.unit.migrate.world import World, world

HOUR = 3600.0
GB = 1_000_000_000


class Clock:
    """Time that passes only where somebody waits for it."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class Pause(Event):
    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock

    def wait(self, timeout: float | None = None) -> bool:
        self._clock.sleep(timeout or 0)
        return self.is_set()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    for module in (carriage, road, steps):
        monkeypatch.setattr(module, "time", found)
    return found


@pytest.fixture
def scenes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr("migrate.carriage.volume_folder", lambda *_arguments: "/v/archive")
    monkeypatch.setattr(Road, "ensure", lambda _self, _change: None)
    return world(tmp_path, monkeypatch)


def answering(answers: Iterator[Any], clock: Clock, seconds: float) -> Callable[..., Any]:
    """Something that takes so long and then gives the next answer, or raises it."""

    def answer(*_arguments: object, **_options: object) -> Any:
        clock.sleep(seconds)
        found = next(answers)
        if isinstance(found, Exception):
            raise found
        return found

    return answer


@pytest.fixture
def mover(tmp_path: Path) -> Iterator[tuple[Path, subprocess.Popen[bytes]]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = tmp_path / "config.json"
    words = {"change": "c", "allowed": [], "rate_mbit": 10, "alone_seconds": 1.5, "routes": [["127.0.0.1", port, ["127.0.0.1", 1]]]}
    config.write_text(json.dumps(words))
    with subprocess.Popen([sys.executable, "migrate/remote/mover.py", str(config)]) as process:
        yield config, process
        process.kill()


def test_the_mover_goes_on_as_long_as_somebody_opens_it_again_and_ends_when_nobody_does(
    mover: tuple[Path, subprocess.Popen[bytes]],
) -> None:
    config, process = mover
    for _time in range(8):
        time.sleep(0.5)
        fresh = config.with_name("config.new")
        fresh.write_text(config.read_text())
        fresh.replace(config)
        assert process.poll() is None
    assert process.wait(10) == 0


def test_the_road_is_opened_again_in_time_and_not_at_every_look(scenes: World, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[float] = []

    def open_road(self: Road, _change: str) -> None:
        opened.append(clock.now)
        self._opened = clock.now

    monkeypatch.setattr(Road, "open", open_road)
    path = Road(scenes.scene)
    for _look in range(4 * 3600):
        path.renew("chg-1")
        clock.sleep(0.5)
    assert len(opened) == 2
    assert max(later - before for before, later in pairwise(opened)) < road.ALONE / 10


def test_a_mover_that_ended_is_started_again_by_a_run_that_goes_on_days_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, opened = Road(world(tmp_path, monkeypatch).scene), []
    monkeypatch.setattr(Scene, "department", None)
    monkeypatch.setattr(Road, "open", lambda _self, change: opened.append(change))
    for is_alive in (True, False):
        monkeypatch.setattr(RemoteProgram, "is_alive", lambda _self, _host, said=is_alive: said)
        path.ensure("chg-1")
    assert opened == ["chg-1"]


def copying(size: int = 80 * GB) -> Run:
    return Run("chg-1", {}, {"check": {"database_bytes": size, "files_bytes": 0}}, 1, Silent())


def test_a_copy_of_three_days_ends_though_sessions_break_now_and_then(scenes: World, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    minutes = iter(range(1, 100_000))
    renewed: list[float] = []
    path = cast("Road", SimpleNamespace(renew=lambda _change: renewed.append(clock.now)))

    def copied(*_arguments: object) -> tuple[int, int]:
        minute = next(minutes)
        clock.sleep(60)
        if minute % 7 == 0:
            raise Unreachable("dc1 broke off")
        return (5, 5) if minute > 72 * 60 else (4, 5)

    monkeypatch.setattr(replication, "copied", copied)
    monkeypatch.setattr(steps, "_take", lambda samples, _road: samples.append(Sample(clock.now, len(samples))))
    began = clock.now
    steps._until_copied(scenes.scene, path, [], copying())
    assert clock.now - began > 71 * HOUR
    assert len(renewed) > 3000


@pytest.mark.parametrize(("answer", "error"), [((4, 5), Stalled), (Unreachable("dc1 broke off"), Unreachable)])
def test_silence_for_too_long_ends_a_copy_and_says_whose(
    scenes: World, clock: Clock, monkeypatch: pytest.MonkeyPatch, answer: Any, error: type[Exception]
) -> None:
    monkeypatch.setattr(replication, "copied", answering(iter([answer] * 1000), clock, 0))
    path = cast("Road", SimpleNamespace(renew=lambda _change: None, sample=lambda: Sample(1.0, 7)))
    began = clock.now
    with pytest.raises(error):
        steps._until_copied(scenes.scene, path, [], copying())
    assert limits.PATIENCE < clock.now - began < limits.PATIENCE + 5


def test_files_are_carried_for_days_over_a_link_that_breaks_and_comes_back(
    scenes: World, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = [False, Unreachable("dc1 broke off"), False] * 20
    monkeypatch.setattr(files, "pull", answering(iter([*broken, True]), clock, 80))
    counted = iter(range(0, 1000 * GB, GB))
    monkeypatch.setattr(Road, "sample", lambda _self: Sample(clock.now, next(counted)))
    pull_files(scenes.scene, "chg-1", seconds=limits.carrying(80 * GB, 2.5), stop=Pause(clock))


def test_files_are_gone_on_with_when_a_session_breaks_after_a_day(scenes: World, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        files, "pull", answering(iter([Unreachable("dc1 broke off"), Unreachable("dc1 broke off"), True]), clock, 24 * HOUR)
    )
    pull_files(scenes.scene, "chg-1", seconds=limits.carrying(80 * GB, 2.5), stop=Pause(clock))


def test_files_are_given_up_when_nothing_comes_however_large_they_are(scenes: World, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "pull", answering(iter([False] * 1000), clock, 5))
    monkeypatch.setattr(Road, "sample", lambda _self: Sample(1.0, 7))
    began = clock.now
    with pytest.raises(Stalled):
        pull_files(scenes.scene, "chg-1", seconds=limits.carrying(80 * GB, 2.5), stop=Pause(clock))
    assert clock.now - began < 2 * limits.PATIENCE


def test_nobody_waits_for_the_files_of_a_copy_that_failed(scenes: World, monkeypatch: pytest.MonkeyPatch) -> None:
    let_go = Event()
    monkeypatch.setattr(Scene, "let_go", lambda _self: let_go.set())
    began = time.monotonic()
    with pytest.raises(Stalled), beside(scenes.scene, lambda stop: let_go.wait(60) and stop.wait(60)):
        raise Stalled("nothing came")
    assert time.monotonic() - began < 20


def table(name: str, size: int) -> Table:
    return Table("public", name, ("id",), size, is_logged=True)


def test_small_tables_are_summed_up_together_and_large_ones_by_themselves() -> None:
    tables = [table("a", 100), table("b", 200), table("c", 50 * GB), table("d", 900_000_000), table("e", 200_000_000)]
    assert [[each.name for each in batch] for batch in batches(tables)] == [["a", "b"], ["c"], ["d"], ["e"]]
    assert batches([]) == []


def test_a_large_table_has_the_time_that_its_bytes_take() -> None:
    asked: list[float] = []

    class Answering:
        def ask(self, query: str, *, seconds: float = limits.ANSWER) -> list[Row]:
            asked.append(seconds)
            return [{"name": "t", "rows": 1, "hash": "x"}] * query.count("string_agg(part")

        def do(self, *statements: str) -> None:
            raise AssertionError(statements)

    assert len(sums(Answering(), [table("a", 1), table("b", 1), table("c", 50 * GB)])) == 3
    small, large = asked
    assert small == pytest.approx(limits.ANSWER, abs=1)
    assert large > 3 * 50 * HOUR / 200  # the planner's pace of 200 GB an hour


def test_the_limit_of_a_question_is_the_limit_of_the_silence_on_its_channel() -> None:
    class Channel:
        closed = False
        limits: list[float]

        def __init__(self) -> None:
            self.limits, self.said = [], b""

        def exit_status_ready(self) -> bool:
            return False

        def settimeout(self, seconds: float) -> None:
            self.limits.append(seconds)

        def sendall(self, text: bytes) -> None:
            self.said = b"[]\n" + text.rpartition(b"\\echo ")[2]

        def recv(self, _most: int) -> bytes:
            return self.said

    channel = Channel()
    session = Psql(cast("Any", SimpleNamespace(site="room", open=lambda _line: channel)), "archive", 5432)
    assert session.ask("SELECT 1", seconds=7200) == []
    assert session.ask("SELECT 1") == []
    assert channel.limits == [7200, limits.ANSWER]


def test_no_copy_that_the_planner_allows_is_longer_than_its_limit(shanwei: City) -> None:
    moving = [each for each in demands(shanwei, (), every=True) if each.copy]
    assert max(each.copy * UNIT.total_seconds() for each in moving) > 24 * HOUR
    for each in moving:
        assert limits.carrying(int(each.data_gb * GB), each.share_kbit / 1000) > each.copy * UNIT.total_seconds(), each.name
