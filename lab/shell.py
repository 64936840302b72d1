"""Become a shell on a node: a router's own command line, or bash in a site's namespace."""

from __future__ import annotations

import os

from lab.box import Box
from lab.errors import PoweredOff
from ops.language import _
from ops.suggest import unknown


def command(box: Box, node: str) -> tuple[str, ...]:
    """What to run."""
    if node in box.city.router_by_name:
        return ("vtysh", "-N", box.pathspace(node))
    return ("nsenter", f"--net=/run/netns/{box.netns(node)}", "bash", "--norc")


def open_shell(box: Box, node: str) -> None:
    """Replace this process by the shell."""
    if node not in box.nodes:
        raise unknown("node", node, box.nodes)
    if box.is_off(node):
        raise PoweredOff(_("{node} is powered off").format(node=node), why=_("lab break"), hint=f"citynode lab heal {node}")
    argv = command(box, node)
    os.execvpe(argv[0], argv, {**os.environ, "PS1": f"{node}:\\w# "})  # noqa: S606 - an argv, not a shell line
