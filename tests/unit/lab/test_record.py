"""A lab's record survives what a crash or a full disk does to files."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.fault import Fault
from lab.record import Facts, Record, write_atomic
from ops.errors import CitynodeError

FACTS = Facts(name="unit", city="tiny", slot=0, boot="b")


def test_what_is_noted_is_on_disk_before_the_method_returns(tmp_path: Path) -> None:
    record = Record(tmp_path / "record.json", FACTS)
    record.begin_part("wires")
    assert Record.load(record.path).facts.parts == {"wires": "begun"}  # type: ignore[union-attr]
    record.finish_part("wires")
    record.begin_part("wires")  # a second `lab up` doesn't forget that it is up
    record.claim(Path("/etc/frr/unit_core1"), Path("/etc/frr/unit_core1"))
    record.change(faults=(Fault(kind="centre", name="dc1"),))
    again = Record.load(record.path)
    assert again is not None
    assert again.facts == record.facts
    assert again.facts.parts == {"wires": "up"}
    assert again.facts.outside == ("/etc/frr/unit_core1",)


@pytest.mark.parametrize("text", ["", "{", '{"name": "unit"}', "\0\0\0"])
def test_a_torn_record_counts_as_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "record.json").write_text(text)
    assert Record.load(tmp_path / "record.json") is None


def test_a_record_of_a_newer_version_is_read(tmp_path: Path) -> None:
    (tmp_path / "record.json").write_text(FACTS.model_dump_json()[:-1] + ', "invented_later": 1}')
    assert Record.load(tmp_path / "record.json").facts == FACTS  # type: ignore[union-attr]


def test_a_write_that_fails_leaves_the_old_content_and_nothing_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "record.json"
    write_atomic(path, "old")

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(CitynodeError, match=r"could not write .*record\.json: No space left on device") as failed:
        write_atomic(path, "new")
    assert failed.value.hint.startswith("free some space")
    assert path.read_text() == "old"
    assert [each.name for each in tmp_path.iterdir()] == ["record.json"]
