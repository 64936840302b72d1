"""`citynode approve`: whose plan it is can be seen before it is approved."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ops.approval import REQUESTED, pending
from ops.audit import Trail
from tests.unit.cli.test_main import citynode

PLAN = "0123456789ab" + "0" * 52


@pytest.fixture
def state(tmp_path: Path) -> Path:
    for city in ("tiny", "shanwei"):
        Trail(tmp_path, scope=city).append(who="li", action=REQUESTED, subject="stack-destroy dc1", outcome="waiting", plan_hash=PLAN)
    return tmp_path


def test_the_city_stands_in_the_list(state: Path) -> None:
    listed = json.loads(citynode("approve", "list", "-o", "json", state=state).stdout)
    assert [(one["city"], one["subject"]) for one in listed] == [("tiny", "stack-destroy dc1"), ("shanwei", "stack-destroy dc1")]
    assert "CITY" in citynode("approve", "list", state=state).stdout


def test_the_city_stands_in_the_question(state: Path) -> None:
    done = citynode("approve", "accept", PLAN[:8], "--city", "tiny", "--author", "owner", state=state)
    assert done.returncode == 2
    assert "nobody is there to confirm: Approve plan 0123456789ab for tiny (stack-destroy dc1) as owner?" in done.stderr


def test_it_is_approved_for_the_city_that_is_named(state: Path) -> None:
    unclear = citynode("approve", "accept", PLAN[:8], "--author", "owner", "--yes", state=state)
    assert (unclear.returncode, "--city: tiny, shanwei" in unclear.stderr) == (2, True), unclear.stderr
    done = citynode("approve", "accept", PLAN[:8], "--city", "shanwei", "--author", "owner", "--yes", "-o", "json", state=state)
    assert json.loads(done.stdout)["city"] == "shanwei"
    assert [(one.city, one.approved_by) for one in pending(Trail(state))] == [("tiny", ""), ("shanwei", "owner")]
