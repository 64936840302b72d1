"""What a kind of line is: how it is recognised, what a second one does to it, what it drags along. `kinds` has the tables."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final


class Manner(Enum):
    """What the device does with a second line of the same key."""

    BESIDE = "beside"
    """Both stand: the new one is added first, the old one removed after."""
    OVER = "over"
    """The new one takes the old one's place by being typed."""
    AFTER = "after"
    """The old one has to go first; the two are typed one after the other."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of line. `pattern`'s groups, with the kind's name, are the line's key."""

    name: str
    pattern: str
    manner: Manner = Manner.OVER
    rank: int = 50
    """Place among the additions; removals go the other way round."""
    disruptive: bool = False
    """Taking it away or changing it can drop a neighbour, traffic or our own session."""
    hurts_beside: str = ""
    """Adding it is disruptive too where a line of this key stands."""
    inside: tuple[Kind, ...] = ()
    whole: bool = False
    """The section may be cancelled as a whole."""
    by_mark: bool = False
    stays: bool = False
    """Never taken away: others may rely on it."""
    wiped: bool = False
    """The device drops it by itself when the interface's plane changes."""
    undo: str = ""
    """What cancels it, where the rulebooks are wrong or silent; `{0}` is the pattern's first group."""
    hurts_new: bool = False
    """Even its first appearance in a section that is in use can cut somebody off."""
    opens: bool = False
    """Typing it enters a view, though nothing of ours stands in there."""


BESIDE: Final = Manner.BESIDE
OVER: Final = Manner.OVER
AFTER: Final = Manner.AFTER
