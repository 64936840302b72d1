"""Parts come up when what they stand on is there; a failure names itself, what waited, and what to try."""

from __future__ import annotations

import errno
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from lab import access_file, preflight, slots, up
from lab.box import Box
from lab.errors import LabBusy, LabFailed, MissingPackages, NotRoot
from lab.frr import converge
from lab.part import Health
from lab.parts import all_parts, choose
from lab.record import Facts, Record
from ops.errors import CitynodeError, PolicyRefused, UsageProblem
from ops.progress import Progress, Silent


class Made:
    """A part that does what the test says."""

    def __init__(self, name: str, *after: str, work: Callable[[], None] = lambda: None) -> None:
        self.name = name  # type: ignore[misc]
        self.after = after  # type: ignore[misc]
        self._work = work

    def up(self, box: Box, progress: Progress) -> None:
        self._work()

    def status(self, box: Box) -> list[Health]:
        return []

    def access(self, box: Box) -> dict[str, object]:
        return {"hosts": {self.name: "10.0.0.1"}}

    def down(self, box: Box) -> None: ...


def failing(error: BaseException) -> Callable[[], None]:
    def work() -> None:
        raise error

    return work


def test_parts_wait_for_what_they_stand_on_and_nothing_else(box: Box) -> None:
    met, order = threading.Barrier(2, timeout=5), []
    parts = [
        Made("c", "a", "b", work=lambda: order.append("c")),
        Made("a", work=lambda: (met.wait(), order.append("ab"))),
        Made("b", work=lambda: (met.wait(), order.append("ab"))),
    ]
    assert set(up.run_parts(box, parts, Silent())) == {"a", "b", "c"}
    assert order == ["ab", "ab", "c"]
    assert box.record.facts.parts == {"a": "up", "b": "up", "c": "up"}
    assert "10.0.0.1" in access_file.path_of(box).read_text()


def test_a_failed_part_holds_up_only_what_stands_on_it(box: Box) -> None:
    broken = failing(LabFailed("no quorum", hint="look there"))
    parts = [Made("a"), Made("b", "a", work=broken), Made("c", "b"), Made("d", "a")]
    with pytest.raises(LabFailed) as failed:
        up.run_parts(box, parts, Silent())
    assert failed.value.what == "b did not come up (so c had to wait)"
    assert failed.value.why == "b: no quorum"
    assert failed.value.hint == "look there"
    assert box.record.facts.parts == {"a": "up", "b": "begun", "d": "up"}


def test_a_full_disk_is_named_as_the_reason(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(LabFailed) as failed:
        up.run_parts(box, [Made("a", work=failing(OSError(errno.ENOSPC, "No space left on device")))], Silent())
    assert failed.value.hint == "free some space, then citynode lab up goes on"
    monkeypatch.setattr(up, "free_mb", lambda _folder: 3)
    with pytest.raises(LabFailed, match="a did not come up: the disk is full") as failed:
        up.run_parts(box, [Made("a", work=failing(LabFailed("no primary in 60 s")))], Silent())
    assert failed.value.why == f"{box.folder} has 3 MB left"


def test_a_fault_in_citynode_itself_is_not_dressed_up(box: Box) -> None:
    with pytest.raises(ZeroDivisionError):
        up.run_parts(box, [Made("a", work=failing(ZeroDivisionError()))], Silent())


@pytest.fixture
def restarted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder with a lab `old` that ended when the machine was started anew; nothing of this machine is touched."""
    monkeypatch.setattr(slots, "REGISTER", tmp_path / "register")
    monkeypatch.setattr(up, "check_machine", lambda *_: None)
    monkeypatch.setattr(up, "_taken", lambda _network: "")
    monkeypatch.setattr(converge, "wait", lambda *_: None)
    monkeypatch.setattr(up, "check_up", lambda *_: None)
    folder = tmp_path / "labs" / "old"
    Record(folder / "record.json", Facts(name="old", city="tiny", slot=0, boot="before", parts={"wires": "up"})).write()

    def erase(folder: Path, name: str, *_: object) -> None:
        shutil.rmtree(folder)
        slots.release(name)
        slots.close_register(lambda: None)

    monkeypatch.setattr(up, "erase", erase)
    return tmp_path


def test_a_lab_that_comes_up_after_a_restart_is_worked_on_alone(restarted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lock's file goes with what is cleaned away, and the register with it."""
    worked: list[Facts] = []

    def run_parts(box: Box, *_: object) -> dict[str, float]:
        with pytest.raises(LabBusy), slots.lab_lock("old"):
            raise AssertionError("two hands on one lab")
        worked.append(box.record.facts)
        return {}

    monkeypatch.setattr(up, "run_parts", run_parts)
    up.bring_up(restarted, up.Request("tiny", "old", only=("wires",)), Silent())
    assert [(facts.boot, facts.parts) for facts in worked] == [(slots.boot_id(), {})]


def test_an_old_lab_does_not_end_the_one_that_has_its_name_now(restarted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = restarted / "elsewhere"
    elsewhere.mkdir()
    slots.claim("old", elsewhere, lambda _network: "")
    with pytest.raises(PolicyRefused, match="this machine has a lab named 'old' already"):
        up.bring_up(restarted, up.Request("tiny", "old", only=("wires",)), Silent())
    assert [entry.folder for entry in slots.claims()] == [elsewhere]


def test_parts_bring_what_they_stand_on_and_take_what_stands_on_them() -> None:
    parts = all_parts()
    assert [part.name for part in choose(parts, only=["quorum"])] == ["wires", "routers", "sites", "quorum"]
    left = [part.name for part in choose(parts, without=["sites"])]
    assert left == ["wires", "routers"]
    assert {part.name for part in choose(parts, without=["clusters"])} == {part.name for part in parts} - {"clusters", "fences"}
    with pytest.raises(UsageProblem, match="there is no part of the lab named 'clusterz'") as refused:
        choose(parts, without=["clusterz"])
    assert refused.value.hint == "did you mean 'clusters'?"
    with pytest.raises(UsageProblem, match="nothing is left to bring up"):
        choose(parts, without=["wires"])


def test_the_machine_is_asked_before_anything_is_touched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 65534)
    with pytest.raises(NotRoot, match="a lab needs root") as refused:
        preflight.check_machine(["wires"], tmp_path)
    assert refused.value.exit_code == 2
    monkeypatch.setattr("os.geteuid", lambda: 0)
    listed = tmp_path / "packages.txt"
    listed.write_text("# comment\nnever-there /nowhere/program dns\nbusybox /bin/sh wires\n")
    monkeypatch.setattr(preflight, "PACKAGES", listed)
    with pytest.raises(MissingPackages, match="1 Debian packages are missing: never-there") as refused:
        preflight.check_machine(["wires", "dns"], tmp_path)
    assert refused.value.hint == "apt-get install --no-install-recommends never-there"
    preflight.check_machine(["wires"], tmp_path)
    monkeypatch.setattr(preflight, "free_mb", lambda _folder: 150)
    preflight.check_machine(["wires"], tmp_path)
    preflight.check_machine(["wires", "quorum"], tmp_path, built=["quorum"])
    with pytest.raises(CitynodeError, match="has 150 MB left: these parts need 700 MB"):
        preflight.check_machine(["wires", "quorum"], tmp_path)


def test_every_package_names_parts_that_exist() -> None:
    known = {part.name for part in all_parts()}
    listed = preflight.packages(preflight.PACKAGES.read_text())
    assert listed
    assert all(item.parts and item.parts <= known for item in listed)


def test_an_access_file_grows_by_each_part_and_forgets_nothing() -> None:
    old = {"city": "tiny", "centres": {"dc1": {"address": "a"}}, "dcs": ["x"]}
    new = {"centres": {"dc1": {"kubeconfig": "k"}, "dc2": {"address": "b"}}, "dcs": ["y"]}
    assert access_file.merge(old, new) == {
        "city": "tiny",
        "centres": {"dc1": {"address": "a", "kubeconfig": "k"}, "dc2": {"address": "b"}},
        "dcs": ["y"],
    }


def test_a_path_without_room_for_sockets_is_refused_before_anything_comes_up() -> None:
    preflight.check_paths(Path("/srv/state/labs/tiny"), ["dc1", "dc2"])
    with pytest.raises(UsageProblem) as refused:
        preflight.check_paths(Path("/srv") / ("long" * 12) / "labs/tiny", ["dc1"])
    assert str(refused.value).startswith("the state folder's path is too long for a cluster's sockets: /srv/long")
    assert refused.value.hint == "set CITYNODE_STATE to a shorter path"
