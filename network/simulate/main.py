"""Look before you leap: read, apply to the model, judge before and after. The flow of `citynode net simulate`, in order.

`simulate` reads every router: its verdict is about the network as it is. `gate` is what a push asks of it, with what the
push has read already; where the change can drop a neighbour the other routers are read as well, else they are taken to be
as intended (a change that only adds can't depend on them).
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from city.model import City
from network.compare import Pending, read_all, targets
from network.desk import Desk
from network.dialect import dialect
from network.rollout import Rollout
from network.simulate.gateways import gateways
from network.simulate.measured import Measured
from network.simulate.read import after_push, read_box, read_world
from network.simulate.state import State
from network.simulate.verdict import Verdict
from network.simulate.world import World
from network.tree import Tree
from network.wiring import wired
from ops.language import _
from ops.plan import JsonObject

Trees = Mapping[str, Tree]


@dataclass(frozen=True)
class Simulation:
    """A verdict, and what it was made of."""

    verdict: Verdict
    changed: tuple[str, ...]
    unread: tuple[str, ...] = ()
    """Routers that could not be read: taken to carry nothing, before and after."""
    seconds: float = 0.0

    def as_data(self) -> JsonObject:
        head = {"devices": len(self.verdict.after.city.routers), "changed": list(self.changed), "unreachable": list(self.unread)}
        return {**head, **self.verdict.as_data(), "seconds": round(self.seconds, 2)}


def judge(city: City, before: Trees, after: Trees, measured: Measured | None = None) -> Verdict:
    """What lies between two sets of configurations. Pure."""
    sites = gateways(city)
    return Verdict(_state(city, before, sites, measured), _state(city, after, sites, measured))


def simulate(desk: Desk, names: Sequence[str], *, rollout: Rollout | None = None, measured: Measured | None = None) -> Simulation:
    """Read every router, and judge what bringing these to the city's intent would do."""
    city = desk.city
    desk.control.progress.stage(_("read {count} routers").format(count=len(city.routers)))
    running, unread = _running(desk, [router.name for router in city.routers])
    wanted = targets(city, rollout or desk.rollout, [name for name in names if name in running])
    after = after_push(city, running, wanted)
    desk.control.progress.stage(_("simulate every single failure"))
    changed = tuple(name for name in wanted if read_box(city, name, after[name]) != read_box(city, name, running[name]))
    return _timed(judge(wired(city, desk.folder), running, after, measured), changed, unread)


def rehearse(city: City, rollout: Rollout, measured: Measured | None = None) -> Simulation:
    """What the city's own intent promises; asks no device."""
    wanted = targets(city, rollout, list(city.router_by_name))
    return _timed(judge(city, wanted, wanted, measured))


def gate(desk: Desk, pending: Sequence[Pending], wanted: Trees) -> Verdict | None:
    """The verdict on a push that was planned; None where nothing would change."""
    city = desk.city
    running = {entry.device: _tree(city, entry.device, entry.running) for entry in pending if entry.running is not None}
    if not any(entry.patch for entry in pending):
        return None
    others = [router.name for router in city.routers if router.name not in wanted]
    if any(entry.patch.is_disruptive for entry in pending):
        desk.control.progress.stage(_("read {count} routers beside those that change").format(count=len(others)))
        rest, _unread = _running(desk, others)
    else:
        rest = targets(city, desk.rollout, others)
    before = {**rest, **running}
    after = after_push(city, before, {name: tree for name, tree in wanted.items() if name in running})
    return judge(wired(city, desk.folder), before, after)


def _timed(verdict: Verdict, changed: tuple[str, ...] = (), unread: tuple[str, ...] = ()) -> Simulation:
    """The simulation with everything worked out, and how long that took."""
    began = time.monotonic()
    verdict.as_data()
    return Simulation(verdict, changed, unread, time.monotonic() - began)


def _state(city: City, trees: Trees, sites: World, measured: Measured | None) -> State:
    return State(city, {**read_world(city, trees), **sites}, measured)


def _running(desk: Desk, names: Sequence[str]) -> tuple[dict[str, Tree], tuple[str, ...]]:
    """What these routers hold, and those that can't be read."""
    found, unread = {}, []
    for answer in read_all(desk, names):
        if answer.value is None:
            unread.append(answer.device)
        else:
            found[answer.device] = _tree(desk.city, answer.device, answer.value)
    return found, tuple(unread)


def _tree(city: City, name: str, text: str) -> Tree:
    return dialect(city.router_by_name[name].dialect).parse(text)
