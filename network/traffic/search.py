"""Link costs under which the busiest lines carry less: local search, the same for the same seed. Pure.

The idea of Fortz and Thorup (INFOCOM 2000): take the busiest line, try the costs that would move some of its traffic to
another way or share it with one, keep what helps; when nothing helps, jump and try again. Lines below `floor` are nobody's
trouble: they are left as they are, and costs are changed for as few links as will do.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from network.simulate.load import LinkLoad
from network.traffic.board import Board

LEAST, MOST = 1, 65535
"""OSPF's costs (RFC 2328, A.4.2)."""
BUSIEST = 12
"""So many of the busiest lines are worked on before the search gives up."""
JUMPS = 4
FACTORS = (0.5, 0.8, 1.25, 2.0)

Score = tuple[int, ...]
"""Permille of use of every line above the floor, the busiest first: smaller is better."""


@dataclass(frozen=True)
class Found:
    """The best board, its changed costs by link, and how many boards were looked at."""

    board: Board
    costs: Mapping[str, int]
    tried: int


@dataclass
class Search:
    """One search."""

    start: Board
    floor: float
    most: int
    """Boards that may be looked at."""
    seed: int = 1
    tried: int = 0

    def run(self) -> Found:
        """The best that was found; the start itself where nothing is better."""
        chance = random.Random(self.seed)  # noqa: S311 - a search, not a secret
        best = self._descend(self.start)
        for _jump in range(JUMPS):
            if self.tried >= self.most or not self._score(best):
                break
            fresh = self._descend(self._jump(best, chance))
            if self._score(fresh) < self._score(best):
                best = fresh
        best = self._fewest(best)
        return Found(best, changed(self.start, best), self.tried)

    def _descend(self, at: Board) -> Board:
        """Take the best step at the busiest line that can be helped, until none can."""
        while self.tried < self.most:
            step = next((found for link in self._busy(at) if (found := self._best_step(at, link)) is not None), None)
            if step is None:
                return at
            at = step
        return at

    def _best_step(self, at: Board, link: str) -> Board | None:
        score, best = self._score(at), None
        for name, cost in _moves(at, link):
            self.tried += 1
            fresh = at.with_cost(name, cost)
            if self._score(fresh) < score:
                score, best = self._score(fresh), fresh
        return best

    def _jump(self, at: Board, chance: random.Random) -> Board:
        """Two busy lines made dearer by chance."""
        busy = self._busy(at)
        for link in chance.sample(busy, min(2, len(busy))):
            at = at.with_cost(link, _within(at.cost(link) * chance.choice((1.5, 2.5, 4.0))))
        return at

    def _fewest(self, best: Board) -> Board:
        """The same lines relieved with as few changes as will do."""
        for link in changed(self.start, best):
            fresh = best.with_cost(link, self.start.cost(link))
            if self._score(fresh) <= self._score(best):
                best = fresh
        return best

    def _busy(self, at: Board) -> list[str]:
        loads = sorted(at.loads.values(), key=lambda load: (-load.use, load.link))
        return [load.link for load in loads if load.use > self.floor and load.link in at.number and not _is_level(at, load)][:BUSIEST]

    def _score(self, at: Board) -> Score:
        return tuple(sorted((round(load.use * 1000) for load in at.loads.values() if load.use > self.floor), reverse=True))


def changed(start: Board, end: Board) -> dict[str, int]:
    """The links whose cost differs, with their new one."""
    return {edge.link: cost for edge in start.graph.edges if (cost := end.cost(edge.link)) != start.cost(edge.link)}


def _is_level(at: Board, load: LinkLoad) -> bool:
    """Whether a site's lines share already as well as they can: nothing but more line helps there."""
    link = at.city.link_by_name[load.link]
    site = next((end.node for end in (link.a, link.b) if end.node in at.city.site_by_name), None)
    if site is None:
        return False
    ends = [(at.loads[one.name], one.a.node == site) for one in at.city.links_of(site)]
    rate = sum(one.rate_mbit for one, _is_a in ends)
    least = (
        max(sum(one.there if is_a else one.back for one, is_a in ends), sum(one.back if is_a else one.there for one, is_a in ends)) / rate
    )
    return load.use <= least + 0.005


def _moves(at: Board, link: str) -> Iterator[tuple[str, int]]:
    """Costs worth trying: of the link itself, and of the other lines that leave its sender."""
    edge, load = at.graph.edges[at.number[link]], at.loads[link]
    sender = edge.a if load.there >= load.back else edge.b
    seen: set[tuple[str, int]] = set()
    for name, cost in (*_sharing(at, sender, link), *_scaled(at, sender)):
        if cost != at.cost(name) and (name, cost) not in seen:
            seen.add((name, cost))
            yield name, cost


def _sharing(at: Board, sender: int, link: str) -> Iterator[tuple[str, int]]:
    """The costs at which the busiest target's second way is as short as the first, and shorter."""
    number = at.number[link]
    by_flow = sorted(((way.flow.get((number, sender), 0.0), target) for target, way in at.ways.items()), reverse=True)
    for mbit, target in by_flow[:3]:
        if not mbit:
            return
        distance = at.ways[target].distance
        for peer, cost, other in at.graph.hops[sender]:
            gap = distance[peer] + cost - distance[sender]
            if other == number or gap > MOST:
                continue
            for more in (gap, gap + 1) if gap else (1,):
                yield link, _within(at.cost(link) + more)
            if 0 < gap < cost:
                yield at.graph.edges[other].link, _within(cost - gap)


def _scaled(at: Board, sender: int) -> Iterator[tuple[str, int]]:
    for _peer, _cost, number in at.graph.hops[sender]:
        name = at.graph.edges[number].link
        for factor in FACTORS:
            yield name, _within(at.cost(name) * factor)


def _within(cost: float) -> int:
    return max(LEAST, min(MOST, round(cost)))
