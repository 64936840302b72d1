"""VRP 8, VRP 5 and Comware 7 as dialects: render, read, print, patch and mask by their words."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from city.model import Dialect
from network.dialect.secrets import masked
from network.dialect.vendor.canonical import printed, read
from network.dialect.vendor.patch import patch
from network.dialect.vendor.render import render
from network.dialect.vendor.words import COMWARE7, VRP5, VRP8, Words
from network.intent.router import Intent
from network.patch import Patch
from network.tree import Tree


@dataclass(frozen=True, slots=True)
class Speaker:
    """One vendor dialect. `model` is whose rulebook says how lines are cancelled."""

    words: Words
    model: str
    indents_single_lines: bool = False

    def render(self, intent: Intent) -> Tree:
        return render(intent, self.words)

    def parse(self, running: str) -> Tree:
        return read(running, dotted_routes=self.words.dotted_routes)

    def printed(self, tree: Tree) -> str:
        return printed(tree, indents_single_lines=self.indents_single_lines)

    def patch(self, running: Tree, intended: Tree) -> Patch:
        return patch(running, intended, self.model)

    def mask(self, text: str) -> str:
        return "\n".join(masked(line) for line in text.split("\n"))


SPEAKERS: Final = MappingProxyType(
    {
        Dialect.VRP8: Speaker(VRP8, "Huawei NE40E-X8"),
        Dialect.VRP5: Speaker(VRP5, "Huawei AR2220"),
        Dialect.COMWARE7: Speaker(COMWARE7, "H3C S6800", indents_single_lines=True),
    }
)
"""The vendor dialects by name."""
