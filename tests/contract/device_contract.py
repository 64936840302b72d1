"""What every fleet of devices promises, real or in memory. Each promise is given a fleet of the tiny city and leaves it as it was."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

import pytest

from city.model import City
from network.compare import patch_for, snapshot_target, targets
from network.device import Fleet
from network.errors import DeviceRefused
from network.rollout import Rollout
from ops.errors import UsageProblem

NAME = "haifeng-t02"
Promise = Callable[[City, Fleet], None]


def restore(city: City, fleet: Fleet, before: str) -> None:
    """Back to this text, and nothing is left of what was tried."""
    with closing(fleet.connect(NAME)) as device:
        device.apply(patch_for(city, NAME, device.running(), snapshot_target(city, NAME, before)).commands)
        assert not patch_for(city, NAME, device.running(), snapshot_target(city, NAME, before))


def takes_what_it_is_told(city: City, fleet: Fleet) -> None:
    """A line shows up, is typed over, and goes; another session sees the same."""
    with closing(fleet.connect(NAME)) as one, closing(fleet.connect(NAME)) as other:
        before = one.running()
        try:
            one.apply(["interface lo", "description first", "exit"])
            assert " description first\n" in other.running().replace("\r", "")
            other.apply(["interface lo", "description second", "exit"])
            text = one.running().replace("\r", "")
            assert " description second\n" in text
            assert "description first" not in text
            one.apply(["interface lo", "no description", "exit"])
            assert "description second" not in other.running()
        finally:
            restore(city, fleet, before)


def stops_at_the_first_line_that_it_refuses(city: City, fleet: Fleet) -> None:
    """What stood before that line stays, what comes after it is never typed, and the session can go on."""
    with closing(fleet.connect(NAME)) as device:
        before = device.running()
        try:
            with pytest.raises(DeviceRefused) as refused:
                device.apply(["interface lo", "description kept", "frobnicate the network", "description never", "exit"])
            assert refused.value.what == f"{NAME} did not take 'frobnicate the network'"
            assert refused.value.why
            text = device.running()
            assert "description kept" in text
            assert "description never" not in text
        finally:
            restore(city, fleet, before)


def holds_every_line_of_its_role(city: City, fleet: Fleet) -> None:
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


def saves_and_says_nothing(city: City, fleet: Fleet) -> None:
    with closing(fleet.connect(NAME)) as device:
        before = device.running()
        device.save()
        assert device.running() == before


def knows_only_the_citys_routers(city: City, fleet: Fleet) -> None:
    with pytest.raises(UsageProblem) as wrong:
        fleet.connect("haifeng-t03")
    assert wrong.value.what == "there is no router named 'haifeng-t03'"


def closes_twice_without_a_word(city: City, fleet: Fleet) -> None:
    device = fleet.connect(NAME)
    device.close()
    device.close()


PROMISES: tuple[Promise, ...] = (
    takes_what_it_is_told,
    stops_at_the_first_line_that_it_refuses,
    holds_every_line_of_its_role,
    saves_and_says_nothing,
    knows_only_the_citys_routers,
    closes_twice_without_a_word,
)
every_promise = pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
