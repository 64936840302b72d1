"""Names in a sentence: the first few, and a sign that there are more."""

from __future__ import annotations

from collections.abc import Iterable


def listed(names: Iterable[object], most: int = 6) -> str:
    """The names, separated by commas; never cut off without a word."""
    found = [str(name) for name in names]
    return ", ".join(found[:most]) + (" …" if len(found) > most else "")
