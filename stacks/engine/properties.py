"""Two trees of properties side by side: which paths differ, with both values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Path = tuple[str | int, ...]
_PLAIN = re.compile(r"^[A-Za-z_$][\w$]*$")


@dataclass(frozen=True, slots=True)
class PropertyChange:
    """One property that differs; None on a side where it isn't there."""

    path: Path
    before: Any
    after: Any

    @property
    def text(self) -> str:
        """The path in Pulumi's notation: `spec.hard["requests.cpu"]`."""
        return path_text(self.path)


def path_text(path: Path) -> str:
    """A property path in Pulumi's notation."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif _PLAIN.match(part):
            text += f".{part}" if text else part
        else:
            text += f'["{part}"]'
    return text


def differences(before: Any, after: Any, path: Path = ()) -> Iterator[PropertyChange]:
    """The leaves that differ, depth first; lists are compared by position."""
    if before == after and type(before) is type(after):
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in sorted({*before, *after}):
            yield from differences(before.get(key), after.get(key), (*path, key))
    elif is_list(before) and is_list(after):
        for index in range(max(len(before), len(after))):
            old, new = (values[index] if index < len(values) else None for values in (before, after))
            yield from differences(old, new, (*path, index))
    elif before != after:
        yield PropertyChange(path, before, after)


def is_list(value: object) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def at(tree: Any, path: Path) -> Any:
    """The value at a path, or None."""
    for part in path:
        if isinstance(tree, Mapping):
            tree = tree.get(part)
        elif is_list(tree) and isinstance(part, int) and part < len(tree):
            tree = tree[part]
        else:
            return None
    return tree
