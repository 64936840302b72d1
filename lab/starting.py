"""A program of the lab that was started is waited for until it does its work, or told why it does not."""

from __future__ import annotations

import time
from collections.abc import Callable

from lab.box import Box
from lab.errors import LabFailed
from ops.errors import CitynodeError
from ops.language import _


def wait_up(
    box: Box,
    node: str,
    process: str,
    is_up: Callable[[], bool],
    *,
    failed: str,
    patience: float,
    error: type[CitynodeError] = LabFailed,
    trouble: Callable[[], str] = str,
) -> None:
    """Return when the process that `spawn` started is up; if it ends or takes longer than `patience` seconds, raise `not_up`'s error.

    `failed` is the sentence of that, and `trouble` what is known better than by the program's own last words.
    """
    until, pause = time.monotonic() + patience, 0.01
    while not is_up():
        if time.monotonic() > until or not box.alive(node, process):
            raise not_up(box, node, process, failed, why=trouble(), error=error)
        time.sleep(pause)
        pause = min(2 * pause, 0.1)


def not_up(box: Box, node: str, process: str, failed: str, *, why: str = "", error: type[CitynodeError] = LabFailed) -> CitynodeError:
    """The error of a program that did not come up: its last words, whether it still runs, and where its log is."""
    said = why or box.said(node, process)
    return error(
        failed,
        why=said if box.alive(node, process) else _("{process} has ended: {said}").format(process=process, said=said),
        hint=_("see {log}; citynode lab up goes on from here").format(log=box.log(node, process)),
    )
