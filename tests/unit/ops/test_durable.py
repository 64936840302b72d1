"""kill -9 at every step, by real processes: what was done is not done again, and nothing is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ops.audit import Trail
from ops.durable import Step, Work
from ops.record import Record, database_url
from tests import warm
from tests.unit.ops.durable_program import main

ROOT = Path(__file__).parents[3]


def operate(state: Path, *flags: str, kill_at: str = "") -> subprocess.CompletedProcess[str]:
    words, env = (str(state), *flags), {**os.environ, "CITYNODE_KILL_AT": kill_at}
    return subprocess.CompletedProcess(words, *warm.run(main, words, ROOT, env, 60, ("dbos",)))


def ran(state: Path) -> list[str]:
    return [line.split()[0] for line in (state / "log").read_text().splitlines()] if (state / "log").exists() else []


def outcomes(state: Path) -> list[str]:
    return [entry.outcome for entry in Trail(state).entries()]


@pytest.mark.parametrize(
    ("kill_at", "first", "second"),
    [
        ("a:before", [], ["a", "b", "c"]),
        ("a:after", ["a"], ["a", "b", "c"]),
        ("b", ["a"], ["b", "c"]),
        ("b:after", ["a", "b"], ["b", "c"]),
        ("c:before", ["a", "b"], ["c"]),
        ("c:after", ["a", "b", "c"], ["c"]),
    ],
)
def test_killed_at_a_step_it_goes_on_there(tmp_path: Path, kill_at: str, first: list[str], second: list[str]) -> None:
    assert operate(tmp_path, kill_at=kill_at).returncode == -signal.SIGKILL
    assert ran(tmp_path) == first
    done = operate(tmp_path)
    assert done.stdout.startswith("a,b,c resumed"), done.stderr
    assert ran(tmp_path) == first + second
    assert outcomes(tmp_path) == ["begun", "resumed", "done"]
    assert Trail(tmp_path).verify().ok


def test_steps_are_told_in_the_readers_language_and_kept_by_their_names(tmp_path: Path) -> None:
    done = operate(tmp_path, "zh")
    assert "停写 (0/3)" in done.stderr
    assert done.stdout.startswith("drain,copy,wave-core fresh")


def test_killed_again_and_again(tmp_path: Path) -> None:
    for kill_at in ("a:after", "b:after", "c:before", "c:after"):
        assert operate(tmp_path, kill_at=kill_at).returncode == -signal.SIGKILL
    assert operate(tmp_path).stdout.startswith("a,b,c resumed")
    assert ran(tmp_path) == ["a", "a", "b", "b", "c", "c"]
    assert operate(tmp_path).stdout.startswith("a,b,c fresh")


def test_another_plan_must_wait_for_the_unfinished_one(tmp_path: Path) -> None:
    operate(tmp_path, kill_at="b")
    refused = operate(tmp_path, "other")
    assert refused.returncode == 5
    assert "another plan" in refused.stderr
    assert "citynode ops abandon chg-" in refused.stderr
    record = Record(database_url(tmp_path), "tiny")
    (run,) = record.runs(unfinished=True)
    assert list(run.done) == ["a"]
    record.abandon(run)
    assert operate(tmp_path, "other").stdout.startswith("a,b,c fresh")
    assert [run.state for run in record.runs()] == ["done", "abandoned"]


def test_a_failed_step_is_compensated_in_order(tmp_path: Path) -> None:
    failed = operate(tmp_path, "undo", "fail-c")
    assert failed.returncode == 3
    assert failed.stderr == "dc2 does not answer: no route | citynode lab status"
    assert ran(tmp_path) == ["a", "b", "c", "ua", "ub"]
    assert outcomes(tmp_path) == ["begun", "failed"]
    assert was_undone(tmp_path) == [True]
    assert operate(tmp_path).stdout.startswith("a,b,c fresh")


def was_undone(state: Path) -> list[bool]:
    return [entry.facts["undone"] for entry in Trail(state).entries() if entry.outcome == "failed"]


def test_the_trail_says_undone_only_of_what_was(tmp_path: Path) -> None:
    operate(tmp_path, "undo", "fail-c", "fail-ub")
    assert (ran(tmp_path), was_undone(tmp_path)) == (["a", "b", "c", "ua", "ub"], [False])


@pytest.mark.parametrize(
    ("flags", "first", "then"),
    [
        (("robbed-b",), ["a", "b"], ["c"]),  # found before the next step
        (("robbed-b", "asking-b"), ["a", "b"], ["b", "c"]),  # in the middle of a step, before an effect
        (("robbed-b", "fail-b"), ["a", "b"], ["ua", "ub", "a", "b", "c"]),  # before anything is undone
    ],
)
def test_who_lost_its_lease_does_nothing_more_and_the_same_command_goes_on(
    tmp_path: Path, flags: tuple[str, ...], first: list[str], then: list[str]
) -> None:
    lost = operate(tmp_path, "undo", *flags)
    assert (lost.returncode, "was lost while the work was going on" in lost.stderr) == (5, True), lost.stderr
    assert (ran(tmp_path), outcomes(tmp_path)) == (first, ["begun", "interrupted"])
    assert len(Record(database_url(tmp_path), "tiny").runs(unfinished=True)) == 1
    again = operate(tmp_path, "undo")
    assert again.returncode == 0, again.stderr
    assert ran(tmp_path) == first + then


@pytest.mark.parametrize(
    ("kill_at", "undone_then"), [("ua", ["ua", "ub"]), ("ua:after", ["ua", "ub"]), ("ub", ["ub"]), ("ub:after", ["ub"])]
)
def test_killed_while_undoing_it_undoes_the_rest_first(tmp_path: Path, kill_at: str, undone_then: list[str]) -> None:
    assert operate(tmp_path, "undo", "fail-c", kill_at=kill_at).returncode == -signal.SIGKILL
    before = len(ran(tmp_path))
    assert operate(tmp_path, "undo").stdout.startswith("a,b,c fresh")
    assert ran(tmp_path)[before:] == [*undone_then, "a", "b", "c"]
    assert outcomes(tmp_path) == ["begun", "resumed", "undone", "begun", "done"]


def test_a_result_that_could_not_be_written_is_asked_for_again(tmp_path: Path) -> None:
    full = operate(tmp_path, "undo", "full-b")
    assert (full.returncode, "the result of step b could not be written down" in full.stderr) == (1, True), full.stderr
    assert operate(tmp_path, "undo").stdout.startswith("a,b,c resumed")
    assert (ran(tmp_path), outcomes(tmp_path)) == (["a", "b", "b", "c"], ["begun", "interrupted", "resumed", "done"])


def begin_slow(state: Path, step: str, *flags: str) -> subprocess.Popen[str]:
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(Path(__file__).with_name("durable_program.py")), str(state), f"slow-{step}", *flags]
    process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    for _wait in range(300):
        if step in ran(state):
            return process
        time.sleep(0.1)
    process.kill()
    raise AssertionError("the step never began")


def test_two_processes_never_work_on_the_same(tmp_path: Path) -> None:
    with begin_slow(tmp_path, "b") as process:
        refused = operate(tmp_path)
        assert refused.returncode == 5
        assert "is being worked on by li" in refused.stderr
        assert ran(tmp_path) == ["a", "b"]
        process.kill()
        process.wait()
        assert operate(tmp_path).stdout.startswith("a,b,c resumed")
    assert ran(tmp_path) == ["a", "b", "b", "c"]


def test_ctrl_c_leaves_it_to_be_gone_on_with(tmp_path: Path) -> None:
    with begin_slow(tmp_path, "b") as process:
        process.send_signal(signal.SIGINT)
        _out, err = process.communicate(timeout=20)
    assert process.returncode == 8
    assert "stopped; chg-" in err
    assert "the same command goes on with it" in err
    assert operate(tmp_path).stdout.startswith("a,b,c resumed")
    assert outcomes(tmp_path) == ["begun", "interrupted", "resumed", "done"]


@pytest.mark.parametrize(
    ("flag", "says", "refused_with"),
    [
        ("plain", "to give it up: citynode ops abandon {change}", "citynode ops resume {change} | citynode ops abandon {change}"),
        ("own-way", "to give it up: citynode demo undo {change}", "citynode ops resume {change} | citynode demo undo {change}"),
        ("onward", "half-way it can't be given up", "citynode ops resume {change}"),
    ],
)
def test_who_is_stopped_is_told_how_this_operation_is_given_up(tmp_path: Path, flag: str, says: str, refused_with: str) -> None:
    with begin_slow(tmp_path, "b", flag) as process:
        process.send_signal(signal.SIGINT)
        _out, err = process.communicate(timeout=20)
    (run,) = Record(database_url(tmp_path), "tiny").runs(unfinished=True)
    assert err.endswith(says.format(change=run.change_id))
    assert operate(tmp_path, "other", flag).stderr.endswith(" | " + refused_with.format(change=run.change_id))


def test_step_names_are_unique() -> None:
    step = Step("a", lambda _run: {})
    with pytest.raises(ValueError, match="same name"):
        Work("k", "s", {}, (step, step), ())
