"""The parts of the lab in the order of the story, and which of them a command means.

A part whose module isn't there (a build without it) is left out; a part whose module is broken is an error.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from importlib.util import find_spec

from lab.part import Part
from ops.errors import UsageProblem
from ops.language import _
from ops.suggest import unknown

KNOWN: tuple[tuple[str, str, str], ...] = (
    ("wires", "lab.wires.part", "Wires"),
    ("routers", "lab.routers.part", "Routers"),
    ("sites", "lab.sites.part", "Sites"),
    ("quorum", "lab.quorum.part", "Quorum"),
    ("clusters", "lab.clusters.part", "Clusters"),
    ("fences", "lab.fences.part", "Fences"),
    ("hosts", "lab.hosts.part", "Hosts"),
    ("dns", "lab.dns.part", "Dns"),
    ("services", "lab.services.part", "Services"),
    ("edge", "lab.edge.part", "Edges"),
    ("backup", "lab.backup.part", "Backup"),
    ("metrics", "lab.metrics.part", "Metrics"),
    ("private", "lab.private.part", "Private"),
)


def all_parts() -> tuple[Part, ...]:
    """Every part that exists."""
    found = []
    for _name, module, name in KNOWN:
        package = module.rpartition(".")[0]
        if find_spec(package) and find_spec(module):
            found.append(getattr(import_module(module), name)())
    return tuple(found)


def choose(parts: Iterable[Part], *, only: Iterable[str] = (), without: Iterable[str] = ()) -> tuple[Part, ...]:
    """The parts named by `only` with all that they stand on, less those in `without` and all that stands on them."""
    by_name = {part.name: part for part in parts}
    only, without = tuple(only), frozenset(without)
    for name in (*only, *without):
        if name not in by_name:
            raise unknown("part of the lab", name, by_name)
    wanted: set[str] = set()
    queue = list(only) or list(by_name)
    while queue:
        name = queue.pop()
        if name not in wanted:
            wanted.add(name)
            queue += [below for below in by_name[name].after if below in by_name]
    dropped = set(without)
    for name, part in by_name.items():  # in the order of the story, so that one pass is enough
        if dropped.intersection(part.after):
            dropped.add(name)
    chosen = tuple(part for part in by_name.values() if part.name in wanted - dropped)
    if not chosen:
        raise UsageProblem(_("nothing is left to bring up"), hint=_("parts: {value}").format(value=", ".join(by_name)))
    return chosen
