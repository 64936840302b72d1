"""The engines' cache: whole programs only, one maker at a time, nothing left of the dead."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from threading import Event, Thread

import pytest

from engines.catalogue import Engine
from engines.errors import NoSpace
from engines.store import Store
from ops.progress import Silent


def test_a_program_stands_in_its_place_at_once_and_can_be_run(toy: Engine, tmp_path: Path) -> None:
    store = Store(toy)
    with store.workplace() as place:
        made = place / "toy"
        made.write_text("#!/bin/sh\n", encoding="utf-8")
        assert store.get("toy") is None
        assert store.put("toy", made) == store.get("toy")
    assert not place.exists()


def test_what_cannot_be_run_counts_as_missing(toy: Engine) -> None:
    store = Store(toy)
    store.folder.mkdir(parents=True)
    (store.folder / "toy").write_text("half of it", encoding="utf-8")
    assert store.get("toy") is None
    (store.folder / "toyctl").mkdir()
    assert store.get("toyctl") is None


def test_a_full_disk_becomes_its_own_error(toy: Engine) -> None:
    store = Store(toy)
    with pytest.raises(NoSpace) as full, store.workplace() as place:
        raise OSError(errno.ENOSPC, "No space left on device")
    assert full.value.what == f"the disk of {store.base} is full"
    assert not place.exists()
    with pytest.raises(PermissionError), store.workplace():
        raise PermissionError(errno.EACCES, "no")


def test_a_second_maker_waits_and_says_for_whom(toy: Engine) -> None:
    said: list[str] = []
    waiting, done = Event(), Event()

    class Told(Silent):
        def step(self, text: str, *, done: int = 0, total: int = 0) -> None:
            said.append(text)
            waiting.set()

    def second() -> None:
        with Store(toy).alone(Told()):
            done.set()

    with Store(toy).alone(Silent()):
        Store(toy).tell("compiling, 1:05", 0)
        thread = Thread(target=second)
        thread.start()
        assert waiting.wait(10)
        time.sleep(1.2)
        assert not done.is_set()
    thread.join(10)
    assert done.is_set()
    assert said == ["toys: another citynode is at it (compiling, 1:05)"]
    assert Store(toy).making() is None


def test_who_stops_waiting_leaves_the_makers_note_alone(toy: Engine) -> None:
    class Impatient(Silent):
        def step(self, text: str, *, done: int = 0, total: int = 0) -> None:
            raise KeyboardInterrupt

    with Store(toy).alone(Silent()):
        Store(toy).tell("compiling", 0)
        with pytest.raises(KeyboardInterrupt), Store(toy).alone(Impatient()):
            pytest.fail("two make the same engine")
        made = Store(toy).making()
        assert made is not None
        assert made.doing == "compiling"


def test_the_note_of_a_dead_maker_counts_for_nothing_and_its_workplace_goes(toy: Engine) -> None:
    store = Store(toy)
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    left = store.base / ".toys-v1.2.3.abcdefgh"
    left.mkdir(parents=True)
    (store.base / ".toys-v1.2.3.making").write_text(json.dumps({"pid": gone.pid, "began": 0, "doing": "x"}), encoding="utf-8")
    assert store.making() is None
    with store.alone(Silent()):
        assert not left.exists()


@pytest.mark.parametrize("note", ["", "{", "[]", '{"pid": "x", "began": 0, "doing": ""}', '{"pid": 1}'])
def test_a_broken_note_counts_for_nothing(toy: Engine, note: str) -> None:
    store = Store(toy)
    store.base.mkdir(parents=True)
    (store.base / ".toys-v1.2.3.making").write_text(note, encoding="utf-8")
    assert store.making() is None


def test_the_lock_ends_with_its_holder(toy: Engine) -> None:
    """A maker that is killed keeps nobody out."""
    program = (
        "import sys, time; from engines.catalogue import engine_of; from engines.store import Store; from ops.progress import Silent\n"
        "with Store(engine_of('pulumi')).alone(Silent()):\n    print('held', flush=True); time.sleep(60)"
    )
    root = Path(__file__).parents[3]
    maker = subprocess.Popen([sys.executable, "-c", program], cwd=root, stdout=subprocess.PIPE, text=True, env=os.environ)
    assert maker.stdout is not None
    assert maker.stdout.readline() == "held\n"
    maker.kill()
    maker.wait()
    maker.stdout.close()
    base = Path(os.environ["CITYNODE_CACHE"]) / "engines"
    lock = next(base.glob(".pulumi-*.lock"))
    import fcntl

    with lock.open() as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
