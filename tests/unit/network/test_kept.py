"""Sessions kept from reading to changing: used once, never trusted blindly, and never what proves that a device can be reached."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

import pytest

from network.devices.device import Device
from network.devices.fake import FakeDevice
from network.devices.kept import Kept
from network.push.main import plan_push, push
from tests.unit.network.bench import Bench

NAMES = ("core1", "core2", "haifeng-t01")


class Session(FakeDevice):
    """One whose end is seen."""

    closed = False
    dead = False

    def answers(self) -> bool:
        return not self.dead and super().answers()

    def close(self) -> None:
        self.closed = True


@dataclass
class Counting:
    """The bench's fleet; counts logins and remembers every session."""

    bench: Bench
    sessions: list[Session]

    def connect(self, name: str) -> Device:
        self.bench.fleet.connect(name)
        self.sessions.append(Session(name, self.bench.box(name)))
        return self.sessions[-1]


@pytest.fixture
def counted(bench: Bench) -> tuple[Any, list[Session]]:
    fleet = Counting(bench, [])
    return replace(bench.desk, fleet=fleet), fleet.sessions


def test_a_push_logs_in_once_to_read_and_change_and_once_to_verify(counted: tuple[Any, list[Session]]) -> None:
    desk, sessions = counted
    report = push(desk, plan_push(desk, NAMES, keep=True))
    assert set(report.changed) == set(NAMES)
    assert Counter(session.name for session in sessions) == dict.fromkeys(NAMES, 2)
    assert all(session.closed for session in sessions)


def test_a_session_that_died_meanwhile_is_replaced(counted: tuple[Any, list[Session]]) -> None:
    desk, sessions = counted
    plan = plan_push(desk, NAMES, keep=True)
    sessions[0].dead = True
    assert len(push(desk, plan).changed) == len(NAMES)
    assert Counter(session.name for session in sessions)[sessions[0].name] == 3
    assert all(session.closed for session in sessions)


def test_a_push_that_finds_nothing_to_do_leaves_no_session_open(counted: tuple[Any, list[Session]]) -> None:
    desk, sessions = counted
    push(desk, plan_push(desk, NAMES))
    plan = plan_push(desk, NAMES, keep=True)
    assert [session.closed for session in sessions[-3:]] == [False] * 3
    assert push(desk, plan).changed == ()
    assert all(session.closed for session in sessions)


def test_an_old_session_isn_t_used(bench: Bench) -> None:
    kept, session = Kept(seconds=-1), Session("core1", bench.box("core1"))
    kept.put(session)
    assert kept.take("core1") is None
    assert session.closed
