"""Measured traffic from a file, and the demands that explain it. Pure but for reading the file.

Two forms, told apart by what stands in them: demands (`{"demands": [{"from", "to", "mbit"}]}`), or lines' rates as
`citynode mon top -o json` prints them (`{"top": [{"link", "forward_mbit", "backward_mbit"}]}`). Rates on lines don't say
who talks to whom: the planned demands are scaled until they add up to what was measured (iterative proportional fitting,
the multiplicative form of tomogravity: Zhang, Roughan, Duffield, Greenberg, SIGMETRICS 2003).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from city.model import City
from network.simulate.demand import Demand, planned
from network.simulate.graph import Graph
from network.simulate.load import flow_to
from ops.errors import UsageProblem
from ops.language import _
from ops.suggest import unknown

ROUNDS = 60
LEAST_MBIT = 0.001
"""Below this a line is taken as silent."""

Sent = Mapping[tuple[str, str], float]
"""Mbit/s by line, and the node that sends over it."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a file holds: demands, or what lines carried."""

    demands: tuple[Demand, ...] = ()
    sent: Sent | None = None


def read_measured(city: City, path: Path) -> Measured:
    """The file's figures; every name in it must be the city's."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if "demands" in data:
            return Measured(demands=tuple(_demand(city, row) for row in data["demands"]))
        return Measured(sent=dict(entry for row in data["top"] for entry in _sent(city, row)))
    except OSError as missing:
        raise UsageProblem(_("{path} can't be read").format(path=path), why=str(missing.strerror)) from missing
    except (ValueError, KeyError, TypeError) as broken:
        is_text = isinstance(broken, json.JSONDecodeError)
        raise UsageProblem(
            _("{path} is no file of measured traffic").format(path=path),
            why=_("it is not JSON: {problem}").format(problem=broken) if is_text else _("{key} is missing or no figure").format(key=broken),
            hint=_('give what `citynode mon top --limit 1000 -o json` printed, or {"demands": [{"from": …, "to": …, "mbit": …}]}'),
        ) from broken


def demands_of(city: City, graph: Graph, measured: Measured | None) -> tuple[Demand, ...]:
    """The demands to reckon with: measured ones, planned ones fitted to measured lines, or planned ones."""
    if measured is None:
        return planned(city)
    return measured.demands if measured.sent is None else fit(graph, planned(city), measured.sent)


def fit(graph: Graph, prior: Sequence[Demand], sent: Sent) -> tuple[Demand, ...]:
    """The prior demands, scaled so that the lines carry what was measured."""
    shares = [_shares(graph, demand) for demand in prior]
    mbit = [demand.mbit for demand in prior]
    for _round in range(ROUNDS):
        carried: dict[tuple[str, str], float] = defaultdict(float)
        for amount, parts in zip(mbit, shares, strict=True):
            for key, share in parts.items():
                carried[key] += amount * share
        for number, parts in enumerate(shares):
            known = [(share, sent[key] / carried[key]) for key, share in parts.items() if key in sent and carried[key] > LEAST_MBIT]
            weight = sum(share for share, _ratio in known)
            if weight:
                mbit[number] *= sum(share * ratio for share, ratio in known) / weight
    return tuple(replace(demand, mbit=amount) for demand, amount in zip(prior, mbit, strict=True) if amount > LEAST_MBIT)


def _shares(graph: Graph, demand: Demand) -> dict[tuple[str, str], float]:
    """The part of the demand that each line carries, by line and sender."""
    flow, _lost = flow_to(graph, demand.end, [replace(demand, mbit=1.0)])
    return {(graph.edges[number].link, graph.names[node]): share for (number, node), share in flow.items()}


def _demand(city: City, row: Mapping[str, Any]) -> Demand:
    nodes = {**city.router_by_name, **city.site_by_name}
    for name in (row["from"], row["to"]):
        if name not in nodes:
            raise unknown("router or site", name, nodes)
    return Demand(row["from"], row["to"], float(row["mbit"]))


def _sent(city: City, row: Mapping[str, Any]) -> list[tuple[tuple[str, str], float]]:
    if row["link"] not in city.link_by_name:
        raise unknown("link", row["link"], city.link_by_name)
    link = city.link_by_name[row["link"]]
    both = ((link.a.node, row["forward_mbit"]), (link.b.node, row["backward_mbit"]))
    return [((link.name, node), float(mbit)) for node, mbit in both if mbit is not None]
