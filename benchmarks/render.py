"""How quick rendering, reading and comparing the whole city is: `python -m benchmarks.render`. 72 routers, four dialects, no lab."""

from __future__ import annotations

import time

from city.load import load_city
from city.model import City, Dialect
from cli.render import Table, to_text
from network.dialect import dialect
from network.intent.router import intents
from network.rollout import Rollout

ALL_SECONDS = 2
"""What rendering every router in every dialect may take."""


def speaking(city: City, spoken: Dialect) -> City:
    """The city, all of whose routers speak one dialect."""
    return city.model_copy(update={"routers": tuple(router.model_copy(update={"dialect": spoken}) for router in city.routers)})


def measure(city: City, spoken: Dialect) -> tuple[int, int, float, float, float]:
    """Routers and lines; seconds to intend and render, to print and read back, and to compare single-stack with dual-stack."""
    everyone = Rollout(frozenset(city.router_by_name))
    rules = dialect(spoken)
    began = time.perf_counter()
    trees = {name: rules.render(intent) for name, intent in intents(city, everyone).items()}
    rendered = time.perf_counter()
    read = {name: rules.parse(rules.printed(tree)) for name, tree in trees.items()}
    back = time.perf_counter()
    single = {name: rules.render(intent) for name, intent in intents(city, Rollout()).items()}
    between = time.perf_counter()
    for name, tree in single.items():
        rules.patch(tree, read[name])
    ended = time.perf_counter()
    lines = sum(1 for tree in trees.values() for _ in tree.walk())
    return len(trees), lines, rendered - began, back - rendered, ended - between


def main() -> None:
    city = load_city("shanwei")
    rows: list[tuple[str | int | float, ...]] = []
    total = 0.0
    for spoken in Dialect:
        routers, lines, render, read, compare = measure(speaking(city, spoken), spoken)
        total += render
        rows.append((str(spoken), routers, lines, round(render, 2), round(read, 2), round(compare, 2)))
    rows.append(("all", "", "", round(total, 2), "", "within" if total <= ALL_SECONDS else "OVER"))
    print(to_text(Table(("dialect", "routers", "lines", "render s", "print and read s", "compare s"), rows)))


if __name__ == "__main__":
    main()
