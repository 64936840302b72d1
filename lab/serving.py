"""A server of the lab that shall answer in both families: waited for when it starts, and its health."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from lab.box import Box
from lab.part import Health, State
from lab.starting import wait_up
from ops.language import _

FAMILIES: Final = ("IPv4", "IPv6")
PATIENCE: Final = 30
"""Seconds from a server's start until it has to answer in both."""


def wait_serving(box: Box, node: str, process: str, answering: Callable[[], tuple[str, ...]]) -> None:
    """Return when the process that `spawn` started answers in both families; LabFailed as `wait_up` says."""
    failed = _("{name} doesn't serve").format(name=f"{process}@{node}")
    wait_up(box, node, process, lambda: len(answering()) == len(FAMILIES), failed=failed, patience=PATIENCE)


def health(kind: str, name: str, families: tuple[str, ...]) -> Health:
    """Up in both families, degraded in one, down in none."""
    state: State = "up" if len(families) == len(FAMILIES) else "degraded" if families else "down"
    return Health(kind, name, state, _("serves over {families}").format(families=", ".join(families)) if families else _("no answer"))
