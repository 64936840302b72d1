"""Who waits for a program of the lab is told why it does not come up."""

from __future__ import annotations

import pytest

from lab.box import Box
from lab.errors import LabFailed
from lab.starting import wait_up
from ops.errors import TimedOut


def test_a_program_that_is_up_is_not_waited_for(box: Box) -> None:
    wait_up(box, "a", "it", lambda: True, failed="a did not come up", patience=0)


def test_a_program_that_ended_is_told_with_its_last_words(box: Box) -> None:
    box.log("a", "it").parent.mkdir()
    box.log("a", "it").write_text("reading it.conf\nit.conf:3: no such word\n")
    with pytest.raises(LabFailed, match="a did not come up") as failed:
        wait_up(box, "a", "it", lambda: False, failed="a did not come up", patience=60)
    assert failed.value.why == "it has ended: reading it.conf / it.conf:3: no such word"
    assert failed.value.hint == f"see {box.log('a', 'it')}; citynode lab up goes on from here"


def test_a_program_that_runs_and_does_nothing_is_given_up(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(box, "alive", lambda _node, _name: True)
    with pytest.raises(TimedOut) as failed:
        wait_up(box, "a", "it", lambda: False, failed="a did not come up", patience=0.2, error=TimedOut, trouble=lambda: "no rules yet")
    assert failed.value.why == "no rules yet"
