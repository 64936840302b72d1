"""Steps in order -> the lines as they are typed: into a section, its lines, `quit`, and on. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from network.dialect.vendor.words import PROCESS
from network.tree import Path

Order = tuple[int | tuple[int, str], ...]
CLOSE = "quit"
_PROCESS = f"ospf {PROCESS}"


@dataclass(frozen=True, slots=True)
class Step:
    """A command, where it is typed and when. `opens`: it leads into a view that we leave again at once."""

    order: Order
    path: Path
    command: str
    opens: bool = False


def commands(steps: Iterable[Step]) -> tuple[str, ...]:
    """Every step in its order, each in its section; a section is entered once as long as nothing else comes between."""
    out: list[str] = []
    here: Path = ()
    for step in sorted(steps, key=lambda entry: entry.order):
        shared = next(
            (depth for depth, pair in enumerate(zip(here, step.path, strict=False)) if pair[0] != pair[1]), min(len(here), len(step.path))
        )
        out += [" " * depth + CLOSE for depth in range(len(here) - 1, shared - 1, -1)]
        if step.path == (_PROCESS,) and step.command.startswith("router-id "):  # the id is said with the process's name
            out += [CLOSE] if shared else []
            out.append(f"{_PROCESS} {step.command}")
            here = step.path
            continue
        out += [" " * depth + step.path[depth] for depth in range(shared, len(step.path))]
        here = step.path
        pad = " " * len(here)
        out.append(pad + step.command)
        if step.opens:
            out.append(pad + CLOSE)
    return (*out, *(" " * depth + CLOSE for depth in range(len(here) - 1, -1, -1)))
