"""A lab that ends takes with it what is its own, and what the labs share if it was the last; nothing of another lab."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from lab import down, kernel, namespace, slots
from lab.record import Facts, Record
from ops.progress import Silent

PARAMETER = "vm/overcommit_memory"
FIRST, SECOND = (f"down-{os.getpid()}-{number}" for number in ("one", "two"))


@pytest.fixture(autouse=True)
def bridges(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The bridges that were removed; a machine of the test's own as far as ending a lab would change this one."""
    removed: list[str] = []
    monkeypatch.setattr(slots, "REGISTER", tmp_path / "register")
    monkeypatch.delenv(slots.OWNER, raising=False)
    monkeypatch.setattr(kernel, "_path", lambda name: tmp_path / "sys" / name)
    monkeypatch.setattr(namespace, "release_folder", lambda: None)
    monkeypatch.setattr(down, "_remove_management", removed.append)
    for name in ("remove_leftovers", "remove_users", "remove_nft"):
        monkeypatch.setattr(down, name, lambda **_: None)
    (tmp_path / "sys" / PARAMETER).parent.mkdir(parents=True)
    return removed


@pytest.fixture
def parameter(tmp_path: Path) -> Path:
    """A parameter of the kernel as it was before any lab."""
    path: Path = tmp_path / "sys" / PARAMETER
    path.write_text("0\n")
    return path


@pytest.fixture
def lab(tmp_path: Path) -> Callable[..., slots.Claim]:
    """A lab that is entered and noted, and of which nothing runs."""

    def make(name: str, city: str = "tiny") -> slots.Claim:
        folder = tmp_path / name
        entry = slots.claim(name, folder, lambda _network: "")
        Record(folder / "record.json", Facts(name=name, city=city, slot=entry.slot, boot=slots.boot_id(), parts={"wires": "up"})).write()
        return entry

    return make


def erase(claim: slots.Claim) -> None:
    down.erase(claim.folder, claim.name, claim, Silent())


def let_a_kubelet_start(parameter: Path) -> None:
    kernel.make_room()
    parameter.write_text("1\n")


@pytest.mark.parametrize(("boot", "removed"), [("before", []), (slots.boot_id(), ["cn0"])])
def test_a_slot_counts_until_the_machine_is_started_anew(boot: str, removed: list[str], tmp_path: Path, bridges: list[str]) -> None:
    folder = tmp_path / FIRST
    Record(folder / "record.json", Facts(name=FIRST, city="tiny", slot=0, boot=boot)).write()
    down.erase(folder, FIRST, None, Silent())
    assert (bridges, folder.exists()) == (removed, False)


def test_the_kernel_s_parameters_are_put_back_by_the_last_lab_whatever_it_had(parameter: Path, lab: Callable[..., slots.Claim]) -> None:
    centres, routers = lab(FIRST), lab(SECOND)
    let_a_kubelet_start(parameter)
    erase(centres)
    assert parameter.read_text() == "1\n"
    erase(routers)
    assert (parameter.read_text(), slots.REGISTER.exists()) == ("0", False)


def test_neighbours_get_room_and_lose_it_with_the_last_lab(tmp_path: Path, lab: Callable[..., slots.Claim]) -> None:
    few, many = ("net/ipv4/neigh/default/gc_thresh3", "1024"), ("net/ipv6/neigh/default/gc_thresh3", "100000")
    for name, value in (few, many):
        path = tmp_path / "sys" / name
        path.parent.mkdir(parents=True)
        path.write_text(f"{value}\n")

    def now() -> list[int]:
        return [int((tmp_path / "sys" / name).read_text()) for name, _value in (few, many)]

    first, second = lab(FIRST), lab(SECOND)
    for _lab in (first, second):
        kernel.make_room()
        assert now() == [16384, 100000]  # what somebody set higher stays
    erase(first)
    assert now() == [16384, 100000]
    erase(second)
    assert now() == [1024, 100000]


def test_two_labs_that_end_at_once_put_them_back(parameter: Path, lab: Callable[..., slots.Claim], monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = lab(FIRST), lab(SECOND)
    let_a_kubelet_start(parameter)
    left = [second]

    def meanwhile() -> None:
        while left:
            erase(left.pop())

    monkeypatch.setattr(down, "remove_nft", meanwhile)
    erase(first)
    assert (parameter.read_text(), slots.REGISTER.exists()) == ("0", False)


def test_they_are_put_back_though_the_city_can_t_be_read_any_more(parameter: Path, lab: Callable[..., slots.Claim]) -> None:
    last = lab(FIRST, city="/nowhere/city")
    let_a_kubelet_start(parameter)
    erase(last)
    assert parameter.read_text() == "0"


def test_a_stale_lab_that_was_brought_up_again_meanwhile_is_left_alone(
    tmp_path: Path, lab: Callable[..., slots.Claim], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cleaning takes a while; the list of what is stale is as old as its beginning."""
    with monkeypatch.context() as before:
        before.setattr(slots, "boot_id", lambda: "before")
        lab(FIRST)
        lab(SECOND)
    erased: list[str] = []

    def clean(_folder: Path, name: str, *_: object) -> None:
        erased.append(name)
        for each in (FIRST, SECOND):  # another command cleans as well, and is done with the second, which is up again
            slots.release(each)
        slots.claim(SECOND, tmp_path / SECOND, lambda _network: "")

    monkeypatch.setattr(down, "erase", clean)
    down.sweep(Silent())
    assert erased == [FIRST]
