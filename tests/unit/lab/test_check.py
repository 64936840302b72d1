"""What a lab that came up is held to: what ended or is down fails it, what is lost for a moment is waited for, the rest is told."""

from __future__ import annotations

import pytest

from lab import check
from lab.box import Box
from lab.errors import LabFailed
from lab.fault import Fault
from lab.part import Health, Part, State
from ops.progress import Progress, Silent
from tests.told import Told


class Found:
    """A part that is at every look as the test says, and at last as it was then."""

    name = "found"
    after = ()

    def __init__(self, *looks: State) -> None:
        self.looks = list(looks)

    def up(self, box: Box, progress: Progress) -> None: ...

    def status(self, box: Box) -> list[Health]:
        seen = self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]
        return [Health("link", "core1-core2", "up"), Health("router", "core1", seen, "not running: ospfd")]

    def access(self, box: Box) -> dict[str, object]:
        return {}

    def down(self, box: Box) -> None: ...


@pytest.fixture(autouse=True)
def in_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "PAUSE", 0)


def test_what_stays_down_fails_the_run(box: Box) -> None:
    parts: list[Part] = [Found("up"), Found("degraded"), Found("down")]
    with pytest.raises(LabFailed) as failed:
        check.check_up(box, parts, Silent(), patience=0)
    assert failed.value.what == "not everything came up: router core1"
    assert failed.value.why == "not running: ospfd"


def test_what_is_lost_for_a_moment_is_waited_for(box: Box) -> None:
    part, told = Found("degraded", "down", "degraded", "up"), Told()
    check.check_up(box, [Found("up"), part], told, patience=60)
    assert (part.looks, told.notes) == (["up"], [])
    assert told.steps == ["waits for what isn't up: router core1"] * 3


def test_what_stays_less_than_well_is_told(box: Box) -> None:
    told = Told()
    check.check_up(box, [Found("degraded")], told, patience=0)
    assert told.notes == ["up, but not well: router core1; see citynode lab status"]


def test_what_is_broken_on_purpose_is_not_waited_for(box: Box) -> None:
    box.record.change(faults=(Fault(kind="router", name="core1"),))
    part = Found("down", "down")
    check.check_up(box, [part], Silent(), patience=60)
    assert part.looks == ["down", "down"], "nobody asked"
