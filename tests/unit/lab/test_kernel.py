"""The machine's kernel parameters: raised for labs, put back after the last."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab import kernel, slots

WATCHERS, OVERCOMMIT, FORGETS = "fs/inotify/max_user_instances", "vm/overcommit_memory", "net/ipv4/neigh/default/gc_thresh1"


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with some of the parameters, as Debian has them but for one that its owner had raised beyond what labs need."""
    monkeypatch.setattr(slots, "REGISTER", tmp_path / "register")
    monkeypatch.setattr(kernel, "_path", lambda name: tmp_path / name)
    for name, value in {WATCHERS: "128", OVERCOMMIT: "0", FORGETS: "50000"}.items():
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text(f"{value}\n")
    return tmp_path


def holds(machine: Path) -> dict[str, str]:
    return {name: (machine / name).read_text().strip() for name in (WATCHERS, OVERCOMMIT, FORGETS)}


def test_what_labs_need_more_of_is_raised_and_put_back_after_the_last(machine: Path) -> None:
    kernel.make_room()
    assert holds(machine) == {WATCHERS: "1024", OVERCOMMIT: "0", FORGETS: "50000"}
    (machine / OVERCOMMIT).write_text("1\n")  # a kubelet's liking
    kernel.make_room()  # for a second lab
    kernel.put_back()
    assert holds(machine) == {WATCHERS: "128", OVERCOMMIT: "0", FORGETS: "50000"}
    assert not kernel.note().exists()
