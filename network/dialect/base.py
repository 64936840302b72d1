"""What a command language has to tell us so that one engine can render, compare and patch it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

from network.intent.router import Intent
from network.patch import Patch
from network.tree import Path, Tree


@dataclass(frozen=True, slots=True)
class Rule:
    """How one kind of line behaves on the device.

    `key` names the setting: where `single`, a second line with the same key takes the first one's place.
    """

    key: str
    rank: int
    """Place among the additions of its section; removals go the other way round."""
    single: bool = True
    overwrites: bool = True
    """The new line may be typed over the old one; else the old one goes first."""
    disruptive: bool = False
    """Touching it can drop an adjacency."""
    only_with: str = ""
    """Adding it hurts nobody where no line of this key stands yet: there is no adjacency to drop."""
    undo: str = ""
    """What cancels it; empty: the dialect's usual form."""
    falls_with: str = ""
    """The device drops it by itself when the line of this key is cancelled."""
    stays: bool = False
    """Others may rely on it: it is never taken away, only typed over, unless its section goes as a whole."""

    def about(self, peer: str) -> Rule:
        """The rule of one neighbour, whose address takes the place of `{peer}`."""
        words = {name: getattr(self, name).replace("{peer}", peer) for name in ("key", "only_with", "undo", "falls_with")}
        return replace(self, **words)


class DialectRules(Protocol):
    """A command language. `lines` in and out are the device's own; trees hold them in canonical form."""

    def render(self, intent: Intent) -> Tree:
        """The lines that we own, as the device would show them."""

    def parse(self, running: str) -> Tree:
        """The device's configuration in canonical form."""

    def printed(self, tree: Tree) -> str:
        """The tree as the device would print it: what `parse` reads back."""

    def patch(self, running: Tree, intended: Tree) -> Patch:
        """What brings the running configuration to the intended one, in the lines that we own."""

    def mask(self, text: str) -> str:
        """The text without secrets."""


class LineRules(Protocol):
    """What the line engine asks of a language whose lines stand outside of sections, in sections, or in sections of these."""

    def owns_section(self, header: str) -> bool:
        """Whether lines of this top-level section may be ours."""

    def opens(self, path: Path, line: str) -> bool:
        """Whether a line of the section opens a section of its own."""

    def closing(self, header: str) -> str:
        """What leaves the section of this header."""

    def may_remove_section(self, header: str) -> bool:
        """Whether the whole section may be cancelled when we no longer want it (never a physical interface)."""

    def rule(self, path: Path, line: str) -> Rule | None:
        """How a line behaves; None for a line that isn't ours and is left alone."""

    def undo(self, path: Path, line: str) -> str:
        """The line that cancels a line."""

    def section_rank(self, header: str) -> int:
        """What is used comes before what uses it; an empty header stands for lines outside of sections."""
