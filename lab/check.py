"""What a lab that came up is held to before `lab up` ends: nothing that ended, nothing that is less than well."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

from lab.box import Box
from lab.errors import LabFailed
from lab.part import Health, Part
from lab.status import ask
from ops.language import _, word
from ops.progress import Progress

PATIENCE = 20.0
"""Seconds for what came up to be well: on a busy machine a neighbour that was found can be lost again for some."""
PAUSE = 0.5


def check_up(box: Box, parts: Iterable[Part], progress: Progress, *, patience: float = PATIENCE) -> None:
    """Return when the lab's own health has nothing against it.

    Raises what ended, and what after `patience` seconds is down though nobody broke anything; of what is less than well, a note tells.
    """
    parts, until = tuple(parts), time.monotonic() + patience
    while True:
        _check_ended(box)
        if box.record.facts.faults:
            return  # what they keep down is meant to be
        unwell = [item for part in parts for item in ask(part, box) if item.state != "up"]
        if not unwell or time.monotonic() > until:
            break
        progress.step(_("waits for what isn't up: {names}").format(names=_names(unwell)))
        time.sleep(PAUSE)
    down = [item for item in unwell if item.state == "down"]
    if down:
        raise LabFailed(
            _("not everything came up: {names}").format(names=_names(down)),
            why=down[0].detail,
            hint=_("citynode lab status; see {value}; citynode lab up goes on from here").format(value=box.folder / "log"),
        )
    if unwell:
        progress.note(_("up, but not well: {names}; see citynode lab status").format(names=_names(unwell)))


def _check_ended(box: Box) -> None:
    ended = box.ended()
    if ended:
        node, name = ended[0]
        more = _and_more(ended[1:]) if ended[1:] else ""
        raise LabFailed(
            _("{name} at {node} ended{more}").format(name=name, node=node, more=more),
            why=box.said(node, name),
            hint=_("see {value}; citynode lab up starts it again").format(value=box.log(node, name)),
        )


def _names(items: Sequence[Health]) -> str:
    return ", ".join(f"{word(item.kind)} {item.name}" for item in items[:6]) + (" …" if items[6:] else "")


def _and_more(ended: Sequence[tuple[str, str]]) -> str:
    names = ", ".join(_("{name} at {node}").format(name=name, node=node) for node, name in ended[:4])
    return _(" (and {count} more: {names})").format(count=len(ended), names=names)
