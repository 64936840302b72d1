"""A small operation for the crash tests: three steps and two compensations that write down that they ran."""

from __future__ import annotations

import signal
import sqlite3
import sys
import time
from collections.abc import Callable
from pathlib import Path

from cli.catalogue import PO
from cli.talk import Lines
from ops import language
from ops.audit import Trail
from ops.control import Control
from ops.durable import JsonObject, Run, Step, Work, perform
from ops.errors import CitynodeError, Unreachable
from ops.lease import Leases
from ops.progress import Silent
from ops.record import Record


def main(folder: str, *flags: str) -> int:
    state = Path(folder)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs begin with it ignored

    def step(name: str) -> Step:
        def do(run: Run) -> JsonObject:
            with (state / "log").open("a") as file:
                file.write(f"{name} after {','.join(run.done)}\n")
            if f"robbed-{name}" in flags:
                rob(state)
            if f"asking-{name}" in flags:
                run.check_lease()
            if f"fail-{name}" in flags:
                raise Unreachable("dc2 does not answer", why="no route", hint="citynode lab status")
            if f"slow-{name}" in flags:
                time.sleep(30)
            return {"step": name, "fence": run.fence}

        return Step(name, do)

    if "full-b" in flags:
        fill("b")
    if "zh" in flags:
        language.use("zh", PO.parents[2])
    names = ("drain", "copy", "wave-core") if "zh" in flags else ("a", "b", "c")
    progress = Lines() if "zh" in flags else Silent()
    control = Control(
        state, Trail(state, scope="tiny"), Leases(state, scope="tiny"), progress, "li", production=False, scope="tiny", command=("demo",)
    )
    payload = {"plan": 2 if "other" in flags else 1}
    compensate = (step("ua"), step("ub")) if "undo" in flags else ()
    give_up = None if "onward" in flags else "citynode demo undo {change}" if "own-way" in flags else ""
    try:
        outcome = perform(control, Work("demo", "g1", payload, tuple(map(step, names)), ("core1",), compensate, give_up))
    except CitynodeError as problem:
        sys.stderr.write(f"{problem} | {problem.hint}")
        return problem.exit_code
    sys.stdout.write(f"{','.join(outcome.results)} {'resumed' if outcome.resumed else 'fresh'} {outcome.change_id}")
    return 0


def rob(state: Path) -> None:
    """The leases are somebody else's, as when this process stood still for longer than they last."""
    with sqlite3.connect(state / "leases.sqlite") as book:
        book.execute("UPDATE lease SET fence = fence + 1")
    book.close()


def fill(fatal: str) -> None:
    """The disk is full just when the result of this step is to be written."""
    write = Record.step

    def step(self: Record, name: str, do: Callable[[], JsonObject]) -> JsonObject:
        if name != fatal:
            return write(self, name, do)
        do()
        raise OSError("no space left on device")

    Record.step = step  # type: ignore[method-assign]


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
