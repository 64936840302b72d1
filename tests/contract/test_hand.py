"""Our hand on another host starts a program once, whoever asks and whoever is killed, and leaves none behind.

What it says of files holds whatever bytes their names are, and it gives them back to their owners.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, cast

import pytest

from migrate.files import manifest, note_owners, restore_owners, shown
from migrate.ssh import HAND, Host
from ops.holder import start_time
from tests.waiting import wait_until

PROGRAM = """\
import sys, time
from pathlib import Path
home = Path(sys.argv[1])
with (home / "starts").open("a") as starts:
    starts.write("started\\n")
while not (home / "stop").exists() or "deaf" in sys.argv:
    time.sleep(0.02)
"""


class Hand:
    """One, as an SSH session runs it."""

    def __init__(self) -> None:
        self.process = subprocess.Popen([sys.executable, str(HAND)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, verb: str, *arguments: Any, timeout: float = 60) -> Any:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        assert timeout > 0
        self.process.stdin.write(json.dumps({"id": 1, "verb": verb, "arguments": arguments}) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        assert "error" not in answer, answer
        return answer["value"]

    def die(self) -> None:
        with self.process as process:  # closes both ends and waits
            process.kill()


@pytest.fixture
def hands() -> Iterator[Callable[[], Hand]]:
    found: list[Hand] = []

    def make() -> Hand:
        found.append(Hand())
        return found[-1]

    yield make
    for each in found:
        each.die()


@pytest.fixture
def folder(tmp_path: Path, hands: Callable[[], Hand]) -> Iterator[Path]:
    home = tmp_path / "program"
    hands().ask("write", f"{home}/program.py", PROGRAM)
    yield home
    hands().ask("kill", str(home))
    assert not home.exists()


def starts(folder: Path) -> int:
    """How often it began, once there was time for it."""
    wait_until((folder / "starts").exists, seconds=10, pause=0.02)
    time.sleep(0.3)
    return (folder / "starts").read_text().count("started")


def test_it_runs_at_once_and_is_seen_to_run(folder: Path, hands: Callable[[], Hand]) -> None:
    hand = hands()
    for _ in range(25):
        hand.ask("start", str(folder), "program.py", [str(folder)])
        assert hand.ask("alive", str(folder))
        hand.ask("stop", str(folder), 5.0)
        assert not hand.ask("alive", str(folder))


def test_many_who_start_it_at_once_start_one(folder: Path, hands: Callable[[], Hand]) -> None:
    """For a moment after its start a process has no command line yet: who looks for it there starts it twice."""
    six = [hands() for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        for _ in range(10):
            list(pool.map(lambda hand: hand.ask("start", str(folder), "program.py", [str(folder)]), six))
            assert starts(folder) == 1
            six[0].ask("stop", str(folder), 5.0)
            (folder / "starts").unlink()


def test_it_outlives_the_hand_that_started_it_and_the_next_one_finds_it(folder: Path, hands: Callable[[], Hand]) -> None:
    first = hands()
    first.ask("start", str(folder), "program.py", [str(folder)])
    first.die()
    second = hands()
    assert second.ask("alive", str(folder))
    second.ask("start", str(folder), "program.py", [str(folder)])
    assert starts(folder) == 1
    second.ask("stop", str(folder), 5.0)
    assert not second.ask("alive", str(folder))


@pytest.mark.parametrize("verb", ["stop", "kill"])
def test_one_that_does_not_listen_is_ended(folder: Path, hands: Callable[[], Hand], verb: str) -> None:
    hand = hands()
    hand.ask("start", str(folder), "program.py", [str(folder), "deaf"])
    assert starts(folder) == 1
    pid = int((folder / "pid").read_text())
    hand.ask(verb, str(folder), *([0.2] if verb == "stop" else []))
    assert not hand.ask("alive", str(folder))
    assert start_time(pid) == 0


def test_a_name_in_another_encoding_is_compared_and_named_like_any_other(tmp_path: Path, hands: Callable[[], Hand]) -> None:
    """Departments have files whose names were written as GBK: no UTF-8."""
    one, other = tmp_path / "one", tmp_path / "other"
    for folder in (one, other):
        folder.mkdir()
        (folder / "公文.txt").write_text("1")
        Path(os.fsdecode(os.fsencode(folder) + b"/" + "公文.txt".encode("gbk"))).write_text(folder.name)
    here, there = (manifest(cast("Host", hands()), str(folder)) for folder in (one, other))
    assert (here.files, here.hash == there.hash) == (2, False)
    (differing,) = here.differing(there)
    assert shown(differing) == r"\xb9\xab\xce\xc4.txt"
    assert shown("公文.txt") == "公文.txt"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_what_came_back_belongs_to_whom_it_belonged_to(tmp_path: Path, hands: Callable[[], Hand]) -> None:
    """What rsync writes is root's: a file that changed meanwhile, and a new one."""
    folder, host = tmp_path / "files", cast("Host", hands())
    (folder / "letters").mkdir(parents=True)
    mine, batch, changed = folder / "letters" / "a", folder / "batch", folder / "letters" / "公文"
    for path in (mine, batch, changed):
        path.write_text("before")
    for path in (folder, folder / "letters", mine, changed):
        os.chown(path, 33, 34)
    os.chown(batch, 55, 56)
    book = str(tmp_path / "program" / "owners.json")
    note_owners(host, str(folder), book)
    for path in (batch, changed):  # as rsync does: a new file takes its place
        path.unlink()
        path.write_text("after")
    note_owners(host, str(folder), book)  # whoever is killed in between does it again
    (folder / "letters" / "new").mkdir()
    (folder / "letters" / "new" / "b").write_text("new")
    (folder / "letters" / "link").symlink_to("/etc/passwd")
    restore_owners(host, str(folder), book)
    found = {str(path.relative_to(folder)): (path.lstat().st_uid, path.lstat().st_gid) for path in folder.rglob("*")}
    assert found.pop("batch") == (55, 56)
    assert set(found.values()) == {(33, 34)}
    assert sorted(found) == ["letters", "letters/a", "letters/link", "letters/new", "letters/new/b", "letters/公文"]
    assert (Path("/etc/passwd").stat().st_uid, batch.read_text()) == (0, "after")
