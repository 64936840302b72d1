"""The trail: whatever is done to the file afterwards is found, and a crash loses nothing."""

from __future__ import annotations

import json
import multiprocessing
import os
from collections.abc import Callable
from multiprocessing.synchronize import Event as EventType
from pathlib import Path

import pytest

from cli.catalogue import PO
from ops import language
from ops.audit import RECOVERED, Trail, Verified


def filled(state: Path, count: int = 5) -> Trail:
    trail = Trail(state, scope="tiny")
    for number in range(count):
        trail.append(who="li", action="net.push", subject=f"r{number}", outcome="done", facts={"数": number})
    return trail


def append(trail: Trail) -> None:
    trail.append(who="li", action="net.push", subject="r5", outcome="done")


def lines(trail: Trail) -> list[bytes]:
    return trail.path.read_bytes().splitlines(keepends=True)


def test_a_fresh_trail_is_whole(tmp_path: Path) -> None:
    assert Trail(tmp_path).verify().ok
    found = filled(tmp_path).verify()
    assert (found.ok, found.entries, found.broken_at) == (True, 5, None)


def edit_subject(text: list[bytes]) -> list[bytes]:
    text[2] = text[2].replace(b'"r2"', b'"r9"')
    return text


def forge_hash(text: list[bytes]) -> list[bytes]:
    """An edit whose own hash was made to fit: the next entry gives it away."""
    from ops.audit import Entry
    from ops.plan import canonical

    values = json.loads(text[2]) | {"subject": "r9", "hash": ""}
    values["hash"] = Entry(**values).expected_hash()
    text[2] = canonical(values).encode() + b"\n"
    return text


@pytest.mark.parametrize(
    ("change", "broken_at"),
    [
        (edit_subject, 3),
        (forge_hash, 4),
        (lambda text: text[:2] + text[3:], 3),
        (lambda text: [text[0], text[2], text[1], *text[3:]], 2),
        (lambda text: text[1:], 1),
        (lambda text: text[:3], 4),
        (lambda text: [*text[:2], b"garbage\n", *text[2:]], 4),
        (lambda text: [*text, text[4]], 6),
        (lambda _text: [], 1),
    ],
    ids=["edited", "edited-with-hash", "removed", "swapped", "head-cut", "tail-cut", "inserted", "repeated", "emptied"],
)
def test_every_edit_is_found(tmp_path: Path, change: Callable[[list[bytes]], list[bytes]], broken_at: int) -> None:
    trail = filled(tmp_path)
    trail.path.write_bytes(b"".join(change(lines(trail))))
    found = trail.verify()
    assert not found.ok
    assert found.broken_at == broken_at
    assert found.reason


@pytest.mark.parametrize("left", [b"", b"garbage", b"garbage\n"], ids=["nothing", "torn", "garbage"])
def test_a_cut_at_the_end_is_found_for_good(tmp_path: Path, left: bytes) -> None:
    """Also once the trail is as long again: what comes after it follows what was cut off."""
    trail = filled(tmp_path)
    trail.path.write_bytes(b"".join(lines(trail)[:3]) + left)
    for _more in range(4):
        append(trail)
        assert not trail.verify().ok


def test_a_trail_written_anew_is_found(tmp_path: Path) -> None:
    trail = filled(tmp_path)
    head = (tmp_path / "audit.head").read_bytes()
    trail.path.unlink()
    filled(tmp_path, 6)
    (tmp_path / "audit.head").write_bytes(head)
    assert not trail.verify().ok


def test_a_torn_last_line_is_told_and_vouched_for_by_the_next(tmp_path: Path) -> None:
    trail = filled(tmp_path)
    with trail.path.open("ab") as file:
        file.write(b'{"action":"net.pu')
    assert trail.verify().ok
    assert trail.verify().torn
    trail.append(who="li", action="net.push", subject="r5", outcome="done")
    found = trail.verify()
    assert (found.ok, found.entries, found.torn) == (True, 7, False)
    assert [entry.action for entry in trail.entries()][5:] == [RECOVERED, "net.push"]
    trail.path.write_bytes(trail.path.read_bytes().replace(b'{"action":"net.pu\n', b'{"action":"net.pX\n'))
    assert not trail.verify().ok


@pytest.mark.parametrize("torn", [b'{"action":"net.pu', b'{"action":"net.pu\n', b"{" * 200_000], ids=["open", "closed", "long"])
def test_a_trail_torn_again_while_it_is_mended_is_whole_after_the_next_entry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, torn: bytes
) -> None:
    """Killed, or out of space, anywhere in what an append writes."""
    monkeypatch.setattr(os, "fsync", lambda _descriptor: None)
    trail = filled(tmp_path, 2)
    head = (tmp_path / "audit.head").read_bytes()
    before = trail.path.read_bytes() + torn
    trail.path.write_bytes(before)
    append(trail)
    added = trail.path.read_bytes().removeprefix(before)
    for reached in range(len(added)):
        trail.path.write_bytes(before + added[:reached])
        (tmp_path / "audit.head").write_bytes(head)
        append(trail)
        found = trail.verify()
        assert (found.ok, found.torn) == (True, False), (added[:reached], found)
        assert RECOVERED in [entry.action for entry in trail.entries()]


def test_nothing_vouches_for_a_line_more_than_what_was_torn(tmp_path: Path) -> None:
    trail = filled(tmp_path)
    trail.path.write_bytes(trail.path.read_bytes() + b'{"action":\n{"act')
    append(trail)
    assert trail.verify().ok
    trail.path.write_bytes(trail.path.read_bytes().replace(b'{"action":\n', b'{"action":\n{"more":\n'))
    assert trail.verify().broken_at == 9


def test_an_entry_that_lacks_only_its_line_break_is_kept(tmp_path: Path) -> None:
    trail = filled(tmp_path)
    trail.path.write_bytes(trail.path.read_bytes().removesuffix(b"\n"))
    trail.append(who="li", action="net.push", subject="r5", outcome="done")
    assert trail.verify().ok
    assert trail.verify().entries == 6


def test_a_crash_between_the_trail_and_its_head_is_no_break(tmp_path: Path) -> None:
    trail = filled(tmp_path)
    head = (tmp_path / "audit.head").read_bytes()
    trail.append(who="li", action="net.push", subject="r5", outcome="done")
    (tmp_path / "audit.head").write_bytes(head)
    assert trail.verify().ok


def test_entries_longer_than_a_block(tmp_path: Path) -> None:
    trail = filled(tmp_path, 1)
    for number in range(3):
        trail.append(who="li", action="net.push", subject=f"big{number}", outcome="done", facts={"text": "长" * 200_000})
    assert trail.verify().entries == 4


def write_twenty(state: str) -> None:
    trail = Trail(Path(state))
    for number in range(20):
        trail.append(who="li", action="a", subject=str(number), outcome="done")


def test_many_processes_write_one_chain(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=write_twenty, args=(str(tmp_path),)) for _number in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
    found = Trail(tmp_path).verify()
    assert (found.ok, found.entries) == (True, 60)


def test_what_is_wrong_with_a_trail_is_told_in_the_readers_language(tmp_path: Path) -> None:
    trail = filled(tmp_path)
    trail.path.write_bytes(b"".join(edit_subject(lines(trail))))
    language.use("zh", PO.parents[2])
    try:
        assert trail.verify().reason == "其哈希与内容不符"
    finally:
        language.use("en", PO.parents[2])


def write_until(state: str, stop: EventType) -> None:
    trail = Trail(Path(state))
    while not stop.is_set():
        trail.append(who="li", action="a", subject="s", outcome="done")


def test_a_trail_is_whole_also_while_somebody_writes(tmp_path: Path) -> None:
    filled(tmp_path, 300)
    context = multiprocessing.get_context("spawn")
    stop = context.Event()
    process = context.Process(target=write_until, args=(str(tmp_path), stop))
    process.start()
    try:
        count = 300
        while count < 400:
            found = Trail(tmp_path).verify()
            assert (found.ok, found.torn) == (True, False), found
            count = found.entries
    finally:
        stop.set()
        process.join(60)


def test_a_trail_is_whole_at_its_very_beginning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first entry, with its head, comes between the look for the trail and the look at the head."""
    opened = os.open

    def late(path: Path, flags: int, *mode: int) -> int:
        try:
            return opened(path, flags, *mode)
        except FileNotFoundError:
            monkeypatch.undo()
            filled(tmp_path, 3)
            raise

    monkeypatch.setattr(os, "open", late)
    assert Trail(tmp_path).verify() == Verified(ok=True, entries=3)
