"""Two labs on one machine never share a name, a slot or a network; a stale one is known by what it stood on."""

from __future__ import annotations

import os
from ipaddress import IPv4Network
from pathlib import Path
from threading import Thread

import pytest

from lab import slots
from lab.errors import LabBusy
from lab.labs import check_name
from ops.errors import PolicyRefused, UsageProblem


@pytest.fixture(autouse=True)
def register(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A register of the test's own."""
    monkeypatch.setattr(slots, "REGISTER", tmp_path / "register")
    monkeypatch.delenv(slots.OWNER, raising=False)
    return tmp_path / "register"


def free(_network: IPv4Network) -> str:
    return ""


def claim(name: str, tmp_path: Path) -> slots.Claim:
    folder = tmp_path / name
    folder.mkdir(exist_ok=True)
    return slots.claim(name, folder, free)


def test_each_lab_gets_the_lowest_free_slot_and_keeps_it(tmp_path: Path) -> None:
    first, second = claim("one", tmp_path), claim("two", tmp_path)
    assert (first.slot, second.slot) == (0, 1)
    assert not first.management.overlaps(second.management)
    assert claim("one", tmp_path) == first
    slots.release("one")
    assert claim("three", tmp_path).slot == 0
    assert [entry.name for entry in slots.claims()] == ["three", "two"]


def test_a_network_that_the_machine_uses_is_left_alone(tmp_path: Path) -> None:
    def taken(network: IPv4Network) -> str:
        return "10.192.0.0/16 overlaps 10.192.7.0/24 of eth0" if network == IPv4Network("10.192.0.0/16") else ""

    assert slots.claim("one", tmp_path, taken).slot == 1
    with pytest.raises(PolicyRefused, match="no room for another lab: everything is taken"):
        slots.claim("two", tmp_path, lambda _network: "everything is taken")


def test_a_name_belongs_to_the_folder_that_has_it(tmp_path: Path) -> None:
    claim("one", tmp_path)
    with pytest.raises(PolicyRefused, match=f"a lab named 'one' already: it is kept in {tmp_path / 'one'}"):
        slots.claim("one", tmp_path / "elsewhere", free)


def test_a_lab_is_stale_when_what_it_stood_on_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = claim("one", tmp_path)
    assert slots.stale_because(entry) == ""
    assert slots.stale_because(entry.model_copy(update={"boot": "another"})) == "the machine was started anew since"
    assert slots.stale_because(entry.model_copy(update={"owner": (os.getpid(), 1)})) == "the process that it was made for has ended"
    assert slots.stale_because(entry.model_copy(update={"folder": tmp_path / "gone"})) == "its folder is gone"
    monkeypatch.setenv(slots.OWNER, str(os.getpid()))
    assert slots.stale_because(claim("two", tmp_path)) == ""


def test_who_works_on_a_lab_works_alone_and_is_named(tmp_path: Path) -> None:
    with slots.lab_lock("one"):
        with pytest.raises(LabBusy) as busy, slots.lab_lock("one"):
            raise AssertionError("two hands on one lab")
        assert busy.value.why == f"pid {os.getpid()}"
        with slots.lab_lock("two"):
            pass
    with slots.lab_lock("one"):
        pass


def test_a_torn_entry_is_no_lab(register: Path, tmp_path: Path) -> None:
    claim("one", tmp_path)
    (register / "torn.lab").write_text('{"name": "to')
    assert [entry.name for entry in slots.claims()] == ["one"]


def test_the_register_goes_with_the_last_lab(register: Path, tmp_path: Path) -> None:
    claim("one", tmp_path)
    done: list[bool] = []
    slots.close_register(lambda: done.append(register.exists()))
    assert (register.exists(), done) == (True, [])
    slots.release("one")
    slots.close_register(lambda: done.append(register.exists()))
    assert (register.exists(), done) == (False, [True])


def test_the_register_stays_while_somebody_is_about_to_enter_a_lab(register: Path) -> None:
    with slots.lab_lock("one"):
        slots.close_register(lambda: None)
        assert (register / "one.lock").exists()


def test_nobody_begins_to_enter_a_lab_while_the_register_goes(register: Path) -> None:
    seen: list[bool] = []

    def enter() -> None:
        with slots.lab_lock("one"):
            seen.append((register / "one.lock").exists())

    thread = Thread(target=enter)

    def last() -> None:
        thread.start()
        thread.join(0.2)
        assert thread.is_alive(), "it would hold a lock in a register that is about to go"

    slots.close_register(last)
    thread.join(5)
    assert seen == [True]


@pytest.mark.parametrize("name", ["", "Demo", "a_b", "a.b", "-a", "a-", "x" * 25, "../a", "汕尾"])
def test_names_that_a_namespace_could_not_have_are_refused(name: str) -> None:
    with pytest.raises(UsageProblem, match="a lab can't be named"):
        check_name(name)
