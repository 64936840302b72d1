"""Lines that only grow: a torn one costs itself, never its neighbours."""

from __future__ import annotations

from pathlib import Path

import pytest

from ops import jsonl


def test_rows_come_back_in_their_order_whatever_their_letters(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    assert list(jsonl.read(path)) == []
    for row in ({"town": "海丰"}, {"said": "one\ntwo\u2028three"}):
        jsonl.append(path, row)
    assert list(jsonl.read(path)) == [{"town": "海丰"}, {"said": "one\ntwo\u2028three"}]


@pytest.mark.parametrize("torn", [b'{"n": 2, "at', b"7", b'{"name": "\xe6\xb5'])
def test_a_torn_line_is_left_out_and_the_next_one_is_whole(tmp_path: Path, torn: bytes) -> None:
    path = tmp_path / "rows.jsonl"
    jsonl.append(path, {"n": 1})
    with path.open("ab") as file:
        file.write(torn)
    assert list(jsonl.read(path)) == [{"n": 1}]
    jsonl.append(path, {"n": 3})
    assert list(jsonl.read(path)) == [{"n": 1}, {"n": 3}]
