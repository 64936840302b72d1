"""Pushes that are killed at random moments, in a process of its own.

After each kill one of three things happens: the same push again, a rollback, or nothing at all until the routers' guards have
acted. What is reported is what each router held then: wholly `old`, wholly `new`, or `half`.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from random import Random

from city.load import load_city
from city.model import City
from network.compare import patch_for, read_all, targets
from network.desk import Care, Desk
from network.open import open_desk
from network.push.main import plan_push, push
from network.push.rollback import plan_rollback, roll_back
from ops import record  # noqa: F401 - loaded before the first fork, so that a child starts at once
from ops.access import Access
from ops.audit import Trail
from ops.control import Control
from ops.errors import UsageProblem
from ops.lease import Leases
from ops.progress import Silent
from ops.reach import load_access
from tests.waiting import wait_until

NAMES = ("haifeng-t01", "haifeng-t02", "haifeng-agg1")
SPOILT = ("interface ge1", "description by hand", "ip ospf cost 7", "exit", "interface ge2", "description by hand", "exit", "interface lo",
          "description by hand", "exit")  # fmt: skip
CARE = Care(settle_seconds=8, trial_seconds=8)
WAYS = ("resume", "rollback", "nothing")


def report(access_file: str, state: str, kills: str, seed: str) -> int:
    """Kill and look, so many times; print what was found, as JSON."""
    access = load_access(Path(access_file))
    city, random = load_city(access.city), Random(int(seed))  # noqa: S311 - the same moments each time
    whole = 3.0
    found: list[dict[str, object]] = []
    for number in range(int(kills) + 1):
        folder = Path(state) / str(number)
        folder.mkdir(parents=True)
        desk = _desk(city, access, folder)
        spoil(desk)
        before = held(desk)
        began = time.monotonic()
        child = _begun(lambda: push(desk, plan_push(desk, NAMES)))  # noqa: B023 - it runs before the next round
        if number == 0:  # how long it takes when nobody kills it
            os.waitpid(child, 0)
            whole = time.monotonic() - began
            continue
        moment = random.uniform(0.0, whole)
        time.sleep(moment)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        way = WAYS[number % len(WAYS)]
        _after(desk, way)
        found.append({"at": round(moment / whole, 2), "way": way, "held": judged(desk, before)})
    sys.stdout.write(json.dumps(found))
    return 0


def spoil(desk: Desk) -> None:
    """Type what a push will put right, in three sections of each router."""
    for name in NAMES:
        with closing(desk.fleet.connect(name)) as device:
            device.apply(SPOILT)


def held(desk: Desk) -> dict[str, str]:
    """What the routers hold."""
    answers = read_all(desk, NAMES)
    return {answer.device: answer.value or str(answer.error) for answer in answers}


def judged(desk: Desk, before: Mapping[str, str]) -> dict[str, str]:
    """Whether each router holds the old, the new, or something between."""
    wanted = targets(desk.city, desk.rollout, NAMES)
    now = held(desk)

    def judge(name: str) -> str:
        if now[name] == before[name]:
            return "old"
        return "half" if patch_for(desk.city, name, now[name], wanted[name]) else "new"

    return {name: judge(name) for name in NAMES}


def _desk(city: City, access: Access, folder: Path) -> Desk:
    control = Control(folder, Trail(folder), Leases(folder), Silent(), "li", production=False, scope=folder.name)
    return open_desk(city, access, control, CARE)


def _after(desk: Desk, way: str) -> None:
    """What the operator does about it."""
    if way == "nothing":
        time.sleep(CARE.trial_seconds + 2)  # the guards' time, and what they take to type
        return
    work: dict[str, Callable[[], object]] = {"resume": lambda: push(desk, plan_push(desk, NAMES)), "rollback": lambda: _back(desk)}
    _pid, status = os.waitpid(_begun(work[way]), 0)
    if status != 0:
        raise SystemExit(f"{way} ended with {status}")


def _back(desk: Desk) -> None:
    try:
        plan = plan_rollback(desk)
    except UsageProblem:
        return  # it was killed before it had touched a router
    roll_back(desk, plan).raise_on_error()


def _begun(work: Callable[[], object]) -> int:
    """The work in a child, once no thread is left: one of a session that ends would leave OpenSSL's lock held in the child for ever."""
    wait_until(lambda: len(list(Path("/proc/self/task").iterdir())) == 1, seconds=30, what="no thread is left", pause=0.01)
    return forked(work)


def forked(work: Callable[[], object]) -> int:
    """The work in a child of this process; its pid."""
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        work()
        code = 0
    except BaseException as problem:  # noqa: BLE001 - a child must never go on as its parent
        sys.stderr.write(f"{problem!r}\n")
    finally:
        sys.stderr.flush()
        os._exit(code)
