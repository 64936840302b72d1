"""A server of the lab that shall answer in both families: waited for when it starts, and its health."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from lab.box import Box
from lab.errors import LabFailed
from lab.part import Health, State
from ops.language import _

FAMILIES: Final = ("IPv4", "IPv6")
PATIENCE: Final = 30
"""Seconds from a server's start until it has to answer in both."""


def wait_serving(box: Box, node: str, process: str, answering: Callable[[], tuple[str, ...]]) -> None:
    """Return when the process that `spawn` started answers in both families; LabFailed says what it wrote if it ends or takes too long."""
    until = time.monotonic() + PATIENCE
    while len(answering()) < len(FAMILIES):
        if not box.alive(node, process) or time.monotonic() > until:
            raise LabFailed(
                _("{name} doesn't serve").format(name=f"{process}@{node}"),
                why=box.said(node, process),
                hint=_("see {value}; citynode lab up goes on from here").format(value=box.log(node, process)),
            )
        time.sleep(0.02)


def health(kind: str, name: str, families: tuple[str, ...]) -> Health:
    """Up in both families, degraded in one, down in none."""
    state: State = "up" if len(families) == len(FAMILIES) else "degraded" if families else "down"
    return Health(kind, name, state, _("serves over {families}").format(families=", ".join(families)) if families else _("no answer"))
