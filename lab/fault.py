"""A fault that somebody asked for, as data, and what it means for links and nodes.

Faults are a set: what a link or a node is like follows from all of them together, so healing one never mends
another by accident. Carrying them out is `lab.faults`' work.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from pydantic import BaseModel, ConfigDict

from city.model import Link
from ops.language import _

FaultKind = Literal["link", "router", "host", "centre"]


class Fault(BaseModel):
    """One thing that is broken on purpose."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: FaultKind
    name: str
    rate_mbit: float | None = None
    """Of a link: the rate that is left; None means that it is cut."""

    def __str__(self) -> str:
        if self.rate_mbit is not None:
            return _("link {name} degraded to {rate:g} Mbit/s").format(name=self.name, rate=self.rate_mbit)
        said = {
            "link": _("link {name} cut"),
            "router": _("router {name} stopped"),
            "host": _("host {name} powered off"),
            "centre": _("centre {name} dark"),
        }
        return said[self.kind].format(name=self.name)


def off_nodes(faults: Iterable[Fault]) -> frozenset[str]:
    """Nodes without power: their processes must not run."""
    return frozenset(fault.name for fault in faults if fault.kind in {"router", "host"})


def dark_nodes(faults: Iterable[Fault]) -> frozenset[str]:
    """Nodes that nobody reaches, powered or not: every link and the management leg is down."""
    return frozenset(fault.name for fault in faults if fault.kind != "link")


def is_cut(link: Link, faults: Iterable[Fault]) -> bool:
    """Whether the link carries nothing."""
    faults = tuple(faults)
    dark = dark_nodes(faults)
    cut = {fault.name for fault in faults if fault.kind == "link" and fault.rate_mbit is None}
    return link.name in cut or link.a.node in dark or link.b.node in dark


def rate_of(link: Link, faults: Iterable[Fault]) -> float:
    """The rate that the link is shaped to, in Mbit/s."""
    left = [fault.rate_mbit for fault in faults if fault.kind == "link" and fault.name == link.name and fault.rate_mbit is not None]
    return min([float(link.rate_mbit), *left])
