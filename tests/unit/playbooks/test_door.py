"""Ansible's door on routers in memory: check mode touches nothing and shows what `net diff` shows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from network.compare import masked
from network.devices.fake import Faults
from network.push.main import plan_push
from ops.errors import Unreachable, UsageProblem
from playbooks import door
from playbooks.door import Surroundings, net_config, net_facts, surroundings
from tests.unit.network.bench import Bench


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """A desk in memory that the door opens instead of a real one."""
    from ops.record import shut_down
    from ops.settings import load_settings

    bench = Bench(tmp_path)
    monkeypatch.setenv("CITYNODE_STATE", str(tmp_path))
    monkeypatch.setattr(door, "surroundings", lambda _given: Surroundings(load_settings({}), bench.city, None))
    monkeypatch.setattr(door, "desk_of", lambda _here, _command: bench.desk)
    yield bench
    shut_down()


def test_check_mode_shows_the_diff_and_touches_nothing(bench: Bench) -> None:
    before = bench.sections()
    found = net_config({}, ["core1"], check=True)
    (entry,) = plan_push(bench.desk, ("core1",)).to_change
    assert (found["changed"], found["change"]) == (True, "")
    assert found["diff"] == f"core1\n{masked(bench.city, 'core1', entry.text)}\n"
    assert bench.sections() == before
    assert bench.desk.journal.changes() == []


def test_it_changes_once_and_leaves_the_journal_and_trail_of_a_push(bench: Bench) -> None:
    found = net_config({}, ["core1"], check=False)
    assert found["changed"]
    assert [log.change_id for log in bench.desk.journal.changes()] == [found["change"]]
    assert [(entry.action, entry.outcome) for entry in bench.desk.control.trail.entries()] == [("net-push", "begun"), ("net-push", "done")]
    again = net_config({}, ["core1"], check=False)
    assert (again["changed"], again["diff"], again["change"]) == (False, "", "")


@pytest.mark.parametrize("check", [True, False])
@pytest.mark.parametrize(
    ("devices", "says", "hint"),
    [
        (["core1", "haifeng-ag1"], "there is no router, role or place named 'haifeng-ag1'", "did you mean 'haifeng-agg1'?"),
        ([], "`devices` names no router", "name routers, roles or places"),
    ],
)
def test_what_is_no_router_is_refused_before_anything_is_asked(bench: Bench, devices: list[str], says: str, hint: str, check: bool) -> None:
    before = bench.sections()
    with pytest.raises(UsageProblem) as wrong:
        net_config({}, devices, check=check)
    assert (str(wrong.value), wrong.value.hint) == (says, hint)
    with pytest.raises(UsageProblem, match=re.escape(says)):
        net_facts({}, devices)
    assert bench.sections() == before


def test_routers_are_named_as_on_the_command_line(bench: Bench) -> None:
    net_config({}, ["core"], check=False)
    (log,) = bench.desk.journal.changes()
    assert sorted(log.states()) == ["core1", "core2"]


@pytest.mark.parametrize("check", [True, False])
def test_a_router_that_does_not_answer_is_an_error(bench: Bench, check: bool) -> None:
    bench.box("core1").faults = Faults(unreachable=True)
    with pytest.raises(Unreachable, match="core1"):
        net_config({}, ["core1"], check=check)


def test_without_an_access_file_nothing_is_configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITYNODE_STATE", str(tmp_path))
    monkeypatch.delenv("CITYNODE_ACCESS", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert surroundings({"city": "tiny"}).access is None
    with pytest.raises(UsageProblem, match="nothing says how to reach the city from here"):
        net_config({"city": "tiny"}, ["core1"], check=True)
