from __future__ import annotations

from pathlib import Path

import pytest

from dr.ledger import ledger_hash, read_ledger
from ops.errors import CitynodeError

GOOD = b'{"s":"portal","n":1000000001,"a":1.0,"b":1.1,"r":"ok"}\n'


def folder_with(tmp_path: Path, ledger: bytes) -> Path:
    (tmp_path / "ledger.jsonl").write_bytes(ledger)
    (tmp_path / "sides.jsonl").write_bytes(b'{"m":"dc1","a":1.0,"b":1.1,"r":"primary","t":"00000001"}\n')
    (tmp_path / "events.jsonl").write_bytes(b'{"e":"requested","t":1.0,"w":5.0}\n{"e":"requested","t":9.0,"w":13.0}\n')
    return tmp_path


def test_a_torn_last_line_was_never_finished(tmp_path: Path) -> None:
    assert len(read_ledger(folder_with(tmp_path, GOOD + b'{"s":"por')).writes) == 1


def test_a_broken_line_in_the_middle_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CitynodeError, match="line 1"):
        read_ledger(folder_with(tmp_path, b"{}{\n" + GOOD))


def test_a_step_that_ran_twice_happened_when_it_ran_first(tmp_path: Path) -> None:
    event = read_ledger(folder_with(tmp_path, GOOD)).event("requested")
    assert event is not None
    assert event.at == 1.0


def test_any_edit_changes_the_hash(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, GOOD)
    before = ledger_hash(folder)
    (folder / "ledger.jsonl").write_bytes(GOOD.replace(b"1.1", b"1.2"))
    assert ledger_hash(folder) != before


def test_a_missing_ledger_says_so(tmp_path: Path) -> None:
    with pytest.raises(CitynodeError, match="can't be read"):
        read_ledger(tmp_path)
