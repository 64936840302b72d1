"""How VRP and Comware cancel a line: asked of annet's rulebooks (MIT), behind the one function that the rest knows.

annet is imported when the first line has to be cancelled, never by a command that compares nothing. Its whole patches aren't
used: their order breaks before it makes (`network.dialect.vendor.patch` says why we order ourselves).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from network.tree import Path

if TYPE_CHECKING:
    from annet.annlib.netdev.views.hardware import HardwareView
    from annet.annlib.patching import PatchTree

Config = dict[str, Any]
"""A configuration as annet takes it: lines, and what stands in their sections."""

Removed = Iterable[tuple[Path, str]]


def cancels(model: str, removed: Removed) -> dict[tuple[Path, str], str]:
    """What cancels each of these lines on this model; a line that the rulebooks would leave alone is missing."""
    lines = list(removed)
    if not lines:
        return {}
    old, new = _config(lines), _config((path, "") for path, _line in lines)
    found: dict[tuple[Path, str], str] = {}
    for path, command in _walk(patch(model, old, new)):
        for line in (line for place, line in lines if place == path and (path, line) not in found):
            if _is_for(command, line):
                found[path, line] = command
                break
    return found


def patch(model: str, old: Config, new: Config) -> PatchTree:
    """The patch that annet itself would make from one configuration to another: what our tests compare with."""
    from annet.annlib import patching

    hardware, book = _book(model)
    changes = patching.strip_unchanged(patching.make_diff(old, new, book, []))
    return patching.make_patch(OrderedDict(patching.make_pre(changes)), book, hardware, add_comments=False)


@lru_cache(maxsize=8)
def _book(model: str) -> tuple[HardwareView, Any]:
    """A model's rulebook, compiled once."""
    from annet import rulebook
    from annet.annlib.netdev.views.hardware import HardwareView

    _connect()
    hardware = HardwareView(model, "")
    return hardware, rulebook.get_rulebook(hardware)


@lru_cache(maxsize=1)
def _connect() -> None:
    """Tell annet where its own parts are; it takes that once in a process."""
    from annet import rulebook
    from annet.hardware import AnnetHardwareProvider, hardware_connector

    class Shipped(rulebook.DefaultRulebookProvider):
        """The rulebooks that come with annet, whatever others an annet of the operator's own is told to use."""

        def __init__(self) -> None:
            super().__init__()
            self.rulebook_module = self.DEFAULT_RULEBOOK_MODULE

    hardware_connector.set(AnnetHardwareProvider)
    rulebook.rulebook_provider_connector.set(Shipped)


def _config(lines: Removed) -> Config:
    """Lines in their sections; an empty line stands for its section alone."""
    top: Config = {}
    for path, line in lines:
        inside = top
        for header in path:
            inside = inside.setdefault(header, {})
        if line:
            inside.setdefault(line, {})
    return top


def _walk(tree: PatchTree, path: Path = ()) -> Iterator[tuple[Path, str]]:
    for row, inside in tree.items():
        if inside is None:
            yield path, row
        else:
            yield from _walk(inside, (*path, row))


def _is_for(command: str, line: str) -> bool:
    """Whether the command cancels this line: in whole, or by its beginning."""
    body = command.removeprefix("undo ") if command.startswith("undo ") else f"undo {command}"
    return line == body or line.startswith(f"{body} ")
