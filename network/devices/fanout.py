"""The same work on many devices at once: bounded, with a deadline for each, and one bad device never hides the others.

Threads, because the work is waiting; the deadline is checked by the work's own timeouts and here once more, so that
a device that hangs costs its own slot and nothing else. Whoever changes devices says by `late` how work is made to end: a
thread that goes on unseen would change a device after its fate was told.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Generic, TypeVar

from ops.errors import CitynodeError, TimedOut
from ops.language import _
from ops.progress import Progress

Value = TypeVar("Value")
GRACE_SECONDS = 5.0
"""What work may take to end once it was told to."""


@dataclass(frozen=True, slots=True)
class Answer(Generic[Value]):
    """What one device gave: a value or an error."""

    device: str
    value: Value | None = None
    error: CitynodeError | None = None
    seconds: float = 0.0
    is_running: bool = False
    """It took too long, and still goes on."""


def each(
    devices: Iterable[str],
    work: Callable[[str], Value],
    *,
    progress: Progress,
    label: str,
    parallel: int = 8,
    deadline: float = 60.0,
    late: Callable[[str], None] | None = None,
) -> tuple[Answer[Value], ...]:
    """Do the work on every device; answers come in the order of the devices.

    `late` is called with a device whose time is over, from another thread than its work's, and has to make that end.
    """
    names = list(devices)
    if not names:
        return ()
    began = time.monotonic()
    pool = ThreadPoolExecutor(max_workers=min(parallel, len(names)), thread_name_prefix="device")
    try:
        waiting = [(name, pool.submit(_timed, name, work)) for name in names]
        answers: list[Answer[Value]] = []
        faults: list[Exception] = []
        for number, (name, future) in enumerate(waiting, start=1):
            rounds = 1 + (number - 1) // parallel
            try:
                answers.append(_await(name, future, began + deadline * rounds - time.monotonic(), deadline, late))
            except Exception as fault:  # noqa: BLE001 - a fault of ours: told when the other devices are done with
                faults.append(fault)
            progress.step(f"{label}: {name}", done=number, total=len(names))
        if faults:
            raise faults[0]
        return tuple(answers)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _timed(name: str, work: Callable[[str], Value]) -> Answer[Value]:
    began = time.monotonic()
    try:
        return Answer(name, work(name), seconds=time.monotonic() - began)
    except CitynodeError as problem:
        return Answer(name, error=problem, seconds=time.monotonic() - began)


def _await(name: str, future: Future[Answer[Value]], patience: float, deadline: float, late: Callable[[str], None] | None) -> Answer[Value]:
    if wait([future], max(patience, 0.1)).done:
        return future.result()
    problem = TimedOut(
        _("{device} did not end in its {seconds:g} s").format(device=name, seconds=deadline),
        hint=_("look at its load and its management link"),
    )
    if future.cancel():  # it waited for its turn, and gets none
        return Answer(name, error=problem)
    if late is not None:
        late(name)
        if wait([future], GRACE_SECONDS).done:
            ended = future.result()
            return ended if ended.error is None else Answer(name, error=problem, seconds=deadline)
    return Answer(name, error=problem, seconds=deadline, is_running=True)
