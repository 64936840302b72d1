"""What every fleet of devices promises, real or in memory. Each promise is given a fleet of the tiny city and leaves it as it was."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

import pytest

from city.model import City
from network.compare import patch_for, snapshot_target, targets
from network.devices.device import Fleet, Trial
from network.errors import DeviceBusy, DeviceRefused, TrialLapsed
from network.rollout import Rollout
from ops.errors import Unreachable, UsageProblem
from tests.waiting import wait_until

NAME = "haifeng-t02"


@dataclass(frozen=True, slots=True)
class Words:
    """How a language says what the promises are about."""

    loopback: str = "interface lo"
    port: str = "interface ge1"
    end: str = "exit"
    undo: str = "no"
    busy: str = "it is on trial for chg-2"
    at_once: bool = True
    """Whether a trial can be taken back before its time."""

    def describe(self, text: str) -> tuple[str, ...]:
        return (self.loopback, f"description {text}" if text else f"{self.undo} description", self.end)


FRR = Words()
Promise = Callable[[City, Fleet, Words], None]


def restore(city: City, fleet: Fleet, before: str) -> None:
    """Back to this text, and nothing is left of what was tried."""
    with closing(fleet.connect(NAME)) as device:
        device.apply(patch_for(city, NAME, device.running(), snapshot_target(city, NAME, before)).commands)
        assert not patch_for(city, NAME, device.running(), snapshot_target(city, NAME, before))


def takes_what_it_is_told(city: City, fleet: Fleet, words: Words) -> None:
    """A line shows up, is typed over, and goes; another session sees the same."""
    with closing(fleet.connect(NAME)) as one, closing(fleet.connect(NAME)) as other:
        before = one.running()
        try:
            one.apply(words.describe("first"))
            assert " description first\n" in other.running().replace("\r", "")
            other.apply(words.describe("second"))
            text = one.running().replace("\r", "")
            assert " description second\n" in text
            assert "description first" not in text
            one.apply(words.describe(""))
            assert "description second" not in other.running()
        finally:
            restore(city, fleet, before)


def stops_at_the_section_with_a_line_that_it_refuses(city: City, fleet: Fleet, words: Words) -> None:
    """No section after that line is begun, and the session can go on."""
    with closing(fleet.connect(NAME)) as device:
        before = device.running()
        try:
            with pytest.raises(DeviceRefused) as refused:
                device.apply([*words.describe("kept")[:2], "frobnicate the network", words.end, words.port, "description never", words.end])
            assert refused.value.what == f"{NAME} did not take 'frobnicate the network'"
            assert refused.value.why
            assert "description never" not in device.running()
            device.apply(words.describe("goes-on"))
            assert "description goes-on" in device.running()
        finally:
            restore(city, fleet, before)


def holds_every_line_of_its_role(city: City, fleet: Fleet, _words: Words) -> None:
    """What we render is printed back as we compare it, in both families, and goes away without a trace."""
    with closing(fleet.connect(NAME)) as device:
        before = device.running()
    try:
        for rollout in (Rollout(), Rollout(frozenset(city.router_by_name))):
            wanted = targets(city, rollout, [NAME])[NAME]
            with closing(fleet.connect(NAME)) as device:
                device.apply(patch_for(city, NAME, device.running(), wanted).commands)
                assert patch_for(city, NAME, device.running(), wanted).text() == ""
    finally:
        restore(city, fleet, before)


def goes_back_unless_it_is_confirmed(_city: City, fleet: Fleet, words: Words) -> None:
    """Armed, changed and left alone, it holds in the end what it held before; then it is too late to confirm."""
    with closing(fleet.connect(NAME)) as device:
        before = device.running()
        assert device.arm(Trial("chg-1", 2, words.describe(""))).acts_alone
        device.apply(words.describe("on-trial"))
    with closing(fleet.connect(NAME)) as device:
        assert "description on-trial" in device.running()
        wait_until(lambda: "description on-trial" not in device.running(), seconds=10, pause=0.1)
        assert device.running() == before
        with pytest.raises(TrialLapsed) as lapsed:
            device.confirm("chg-1")
        assert lapsed.value.what == f"{NAME} went back by itself before its change was confirmed"


def stays_when_it_is_confirmed(city: City, fleet: Fleet, words: Words) -> None:
    """Another's change is refused meanwhile."""
    with closing(fleet.connect(NAME)) as device:
        before = device.running()
        try:
            device.arm(Trial("chg-2", 3, words.describe("")))
            device.apply(words.describe("confirmed"))
            with closing(fleet.connect(NAME)) as other, pytest.raises(DeviceBusy) as busy:
                other.arm(Trial("chg-3", 60))
            assert str(busy.value) == f"{NAME} is being changed by somebody else: {words.busy}"
            device.confirm("chg-2")
            time.sleep(3.5)  # the time that it was armed for: nothing may happen when it is over
            assert "description confirmed" in device.running()
        finally:
            restore(city, fleet, before)


def goes_back_at_once_when_it_is_abandoned(city: City, fleet: Fleet, words: Words) -> None:
    """From another session too, and by nobody else's word; what was taken back can't be taken back twice."""
    with closing(fleet.connect(NAME)) as device:
        before = device.running()
        try:
            device.arm(Trial("chg-4", 600, words.describe("")))
            device.apply(words.describe("left behind"))
            with closing(fleet.connect(NAME)) as other:
                other.abandon("chg-of-another")
                assert "description left behind" in other.running()
                other.abandon("chg-4")
                assert (other.running() == before) is words.at_once
                other.apply(words.describe("after it"))
                other.abandon("chg-4")
                assert "description after it" in other.running()
        finally:
            if not words.at_once:
                device.confirm("chg-4")
            restore(city, fleet, before)


def saves_and_says_nothing(_city: City, fleet: Fleet, _words: Words) -> None:
    with closing(fleet.connect(NAME)) as device:
        before = device.running()
        device.save()
        assert device.running() == before


def knows_only_the_citys_routers(_city: City, fleet: Fleet, _words: Words) -> None:
    with pytest.raises(UsageProblem) as wrong:
        fleet.connect("haifeng-t03")
    assert wrong.value.what == "there is no router named 'haifeng-t03'"


def closes_twice_without_a_word(_city: City, fleet: Fleet, _words: Words) -> None:
    device = fleet.connect(NAME)
    device.close()
    device.close()


def says_nothing_more_when_it_is_cut(_city: City, fleet: Fleet, words: Words) -> None:
    """Nothing is typed in a session that was cut; another one is none the worse."""
    with closing(fleet.connect(NAME)) as device:
        before = device.running()
        device.cut()
        with pytest.raises(Unreachable):
            device.apply(words.describe("too late"))
        assert not device.answers()
    with closing(fleet.connect(NAME)) as other:
        assert other.running() == before


PROMISES: tuple[Promise, ...] = (
    takes_what_it_is_told,
    stops_at_the_section_with_a_line_that_it_refuses,
    holds_every_line_of_its_role,
    goes_back_unless_it_is_confirmed,
    stays_when_it_is_confirmed,
    goes_back_at_once_when_it_is_abandoned,
    saves_and_says_nothing,
    knows_only_the_citys_routers,
    closes_twice_without_a_word,
    says_nothing_more_when_it_is_cut,
)
TIMED: tuple[Promise, ...] = (goes_back_unless_it_is_confirmed, stays_when_it_is_confirmed, goes_back_at_once_when_it_is_abandoned)
"""Those that only a device can keep that goes back by itself."""
every_promise = pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
