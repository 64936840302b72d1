"""Running against intended configuration: the differences, and the lines that end them.

Pure. Make before break: additions come before removals, so that a new address, route or adjacency stands before the old one
goes; a line that takes another's place is typed over it. Lines and sections that aren't ours are neither shown nor touched,
and a physical interface is never removed, only emptied of what is ours. How that is done is each dialect's business.
"""

from __future__ import annotations

from network.dialect.base import DialectRules
from network.patch import NOTHING, Change, Patch
from network.tree import Tree

__all__ = ["NOTHING", "Change", "Patch", "diff"]


def diff(running: Tree, intended: Tree, rules: DialectRules) -> Patch:
    """The patch that brings `running` to `intended`, in the lines that we own."""
    return rules.patch(running, intended)
