"""`citynode migrate slots` through the real entry point, and its book under kill -9 and many hands."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cli.main import main
from migrate.calendar import last_day, today
from migrate.store import Moves
from ops.audit import Trail
from tests.program import PROGRAM

DAY = today(datetime.now(UTC))
MONDAY = (DAY + timedelta(days=14 - DAY.weekday())).isoformat()
"""A day without a window in the plan's city."""
REQUEST = ("migrate", "slots", "request")


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder of its own: the book and the trail of other tests are not seen."""
    monkeypatch.setenv("CITYNODE_STATE", str(tmp_path))
    monkeypatch.setenv("CITYNODE_CITY", "shanwei")
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main(words)
    out = capsys.readouterr()
    return code, out.out, out.err


def asked(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, object]:
    code, out, err = run(capsys, *words, "-o", "json")
    assert code == 0, err
    found: dict[str, object] = json.loads(out)
    return found


def citynode(*words: str, **environment: str) -> subprocess.Popen[bytes]:
    """The command line as a process of its own."""
    argv = [*PROGRAM, *words]
    return subprocess.Popen(argv, env={**os.environ, **environment}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def trail(state: Path) -> list[tuple[str, str, str]]:
    return [(entry.who, entry.action, entry.subject) for entry in Trail(state).entries()]


def test_a_slot_is_asked_for_listed_shown_and_taken_back(capsys: pytest.CaptureFixture[str], state: Path) -> None:
    latest = (DAY + timedelta(days=90)).isoformat()
    made = asked(capsys, *REQUEST, "archive", "--latest", latest, "--note", "after the inventory 盘点", "--author", "li")
    assert (made["name"], made["department"], made["latest"], made["author"], made["changed"]) == ("slot-1", "archives", latest, "li", True)
    assert asked(capsys, "migrate", "slots", "show", "archive")["note"] == "after the inventory 盘点"

    gone = asked(capsys, "migrate", "slots", "cancel", "slot-1", "--author", "wang")
    assert (gone["state"], gone["cancelled_by"], gone["changed"]) == ("cancelled", "wang", True)
    assert asked(capsys, "migrate", "slots", "cancel", "slot-1")["changed"] is False
    assert asked(capsys, "migrate", "slots", "list") == {"slots": []}
    assert [slot["name"] for slot in asked(capsys, "migrate", "slots", "list", "--all")["slots"]] == ["slot-1"]  # type: ignore[union-attr, attr-defined]
    assert asked(capsys, *REQUEST, "archive")["name"] == "slot-2"
    assert trail(state)[:2] == [("li", "slot.requested", "archive"), ("wang", "slot.cancelled", "archive")]


def test_asking_twice_for_the_same_is_one_request_and_for_something_else_is_refused(
    capsys: pytest.CaptureFixture[str], state: Path
) -> None:
    assert asked(capsys, *REQUEST, "archive")["changed"] is True
    again = asked(capsys, *REQUEST, "archive")
    assert (again["name"], again["changed"], len(trail(state))) == ("slot-1", False, 1)
    code, out, err = run(capsys, *REQUEST, "archive", "--earliest", (DAY + timedelta(days=30)).isoformat())
    assert (code, out) == (5, "")
    assert "archive has a slot request already: slot-1" in err
    assert "citynode migrate slots cancel slot-1" in err


def test_two_cities_have_books_of_their_own(capsys: pytest.CaptureFixture[str], state: Path) -> None:
    asked(capsys, *REQUEST, "archive")
    assert asked(capsys, "migrate", "slots", "list", "--city", "tiny") == {"slots": []}
    assert asked(capsys, *REQUEST, "archive", "--city", "tiny")["name"] == "slot-1"
    assert [entry.facts["book"] for entry in Trail(state).entries()] == ["shanwei", "tiny"]


def test_a_dry_run_writes_nothing(capsys: pytest.CaptureFixture[str], state: Path) -> None:
    assert asked(capsys, *REQUEST, "archive", "--dry-run")["changed"] is False
    assert (asked(capsys, "migrate", "slots", "list"), trail(state)) == ({"slots": []}, [])


BAD = {
    "typo": (("archve",), 2, "there is no system named 'archve'", "did you mean 'archive'?"),
    "on the node": (("service-portal",), 5, "service-portal runs on the city node already", "it runs at dc1"),
    "the province's": (("identity",), 5, "identity is run by the province", "the city reaches it over the extranet"),
    "no date": (("archive", "--latest", "31.3.2027"), 2, "'31.3.2027' is not a date", "given as --latest"),
    "past": (("archive", "--earliest", "2026-11-01"), 2, "--earliest 2026-11-01 is in the past", "give a date from"),
    "too far": (
        ("archive", "--latest", (last_day(datetime.now(UTC)) + timedelta(days=1)).isoformat()),
        2, "lies beyond the planning horizon", f"slots are given until {last_day(datetime.now(UTC))}",
    ),
    "reversed": (
        ("archive", "--earliest", (DAY + timedelta(days=20)).isoformat(), "--latest", (DAY + timedelta(days=10)).isoformat()),
        2, f"--latest {DAY + timedelta(days=10)} is before --earliest {DAY + timedelta(days=20)}", "swap the two dates",
    ),
    "no night": (("archive", "--earliest", MONDAY, "--latest", MONDAY), 2, f"permitted from {MONDAY}", "the next permitted night is"),
    "two lines": (("archive", "--note", "a\nb"), 2, "the note is one line of at most 500 characters", ""),
}  # fmt: skip


@pytest.mark.parametrize(("words", "code", "what", "hint"), BAD.values(), ids=BAD)
def test_what_the_city_cannot_give_is_refused(
    capsys: pytest.CaptureFixture[str], state: Path, words: tuple[str, ...], code: int, what: str, hint: str
) -> None:
    found, out, err = run(capsys, *REQUEST, *words)
    assert (found, out) == (code, "")
    assert what in err
    assert hint in err
    assert trail(state) == []


@pytest.mark.parametrize(
    ("where", "is_refused"), [("watching", True), ("finalizing", True), ("finalized", True), ("rolled-back", False), ("failed", False)]
)
def test_a_system_that_was_moved_runs_on_the_node(capsys: pytest.CaptureFixture[str], state: Path, where: str, is_refused: bool) -> None:
    asked(capsys, *REQUEST, "archive")
    Moves(state / "moves" / "shanwei").begin("archive", state=where, target="dc1")
    Moves(state / "moves" / "shanwei").begin("budget", state=where, target="dc1")
    code, _out, err = run(capsys, *REQUEST, "budget")
    assert code == (5 if is_refused else 0)
    assert ("budget runs on the city node already" in err) is is_refused
    run(capsys, "migrate", "slots", "cancel", "budget")
    code, out, _err = run(capsys, "migrate", "plan", "-o", "json")
    assert code == (1 if is_refused else 0)
    assert [each["reason"] for each in json.loads(out)["unplaced"]] == (["not-to-move"] if is_refused else [])


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_request_that_is_killed_is_made_once_when_it_is_made_again(capsys: pytest.CaptureFixture[str], state: Path, moment: str) -> None:
    killed = citynode(*REQUEST, "archive", "--author", "li", CITYNODE_KILL_AT=f"slot:{moment}")
    assert killed.wait(60) == -signal.SIGKILL
    assert killed.stderr is not None
    killed.stderr.close()
    assert trail(state) == []

    asked(capsys, *REQUEST, "archive", "--author", "li")
    assert [slot["name"] for slot in asked(capsys, "migrate", "slots", "list", "--all")["slots"]] == ["slot-1"]  # type: ignore[union-attr, attr-defined]
    assert trail(state) == [("li", "slot.requested", "archive")]
    assert Trail(state).verify().ok


def test_a_line_that_a_crash_cut_in_half_counts_for_nothing_and_is_taken_off(capsys: pytest.CaptureFixture[str], state: Path) -> None:
    asked(capsys, *REQUEST, "archive")
    book = state / "migrate" / "shanwei" / "slots.jsonl"
    whole = book.read_bytes()
    book.write_bytes(whole + whole[:40])
    assert len(asked(capsys, "migrate", "slots", "list")["slots"]) == 1  # type: ignore[arg-type]
    asked(capsys, *REQUEST, "budget")
    assert [json.loads(line)["slot"]["system"] for line in book.read_text(encoding="utf-8").splitlines()] == ["archive", "budget"]


def test_a_book_that_was_altered_is_refused(capsys: pytest.CaptureFixture[str], state: Path) -> None:
    asked(capsys, *REQUEST, "archive")
    asked(capsys, *REQUEST, "budget")
    book = state / "migrate" / "shanwei" / "slots.jsonl"
    book.write_text("".join(book.read_text(encoding="utf-8").splitlines(keepends=True)[1:]), encoding="utf-8")
    code, out, err = run(capsys, "migrate", "slots", "list")
    assert (code, out) == (1, "")
    assert "was altered" in err
    assert "line 1 is not as it was written" in err


def test_several_processes_at_once_lose_nothing(capsys: pytest.CaptureFixture[str], state: Path) -> None:
    systems = ("archive", "budget", "benefits", "legal-aid")
    running = [citynode(*REQUEST, system) for system in systems]
    for process in running:
        _out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err.decode()
    slots = asked(capsys, "migrate", "slots", "list")["slots"]
    assert isinstance(slots, list)
    assert [slot["name"] for slot in slots] == ["slot-1", "slot-2", "slot-3", "slot-4"]
    assert {slot["system"] for slot in slots} == set(systems)
    assert len(trail(state)) == 4
    assert Trail(state).verify().ok
