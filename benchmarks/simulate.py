"""How long the whole city with all single failures takes: `python -m benchmarks.simulate`. Asks no device; plans traffic, too."""

from __future__ import annotations

import time

from city.load import load_city
from cli.render import Table, to_text
from network.compare import targets
from network.rollout import Rollout
from network.simulate.main import judge
from network.simulate.reach import failures, pairs
from network.traffic.plan import plan_traffic

SECONDS = 10


def main() -> None:
    rows = []
    for name in ("tiny", "shanwei"):
        city = load_city(name)
        wanted = targets(city, Rollout(frozenset(city.router_by_name)), list(city.router_by_name))
        began, used = time.perf_counter(), time.process_time()
        judge(city, wanted, wanted).as_data()
        wall, processor = time.perf_counter() - began, time.process_time() - used
        parts = len(failures(city))
        row = (name, len(city.routers), len(city.links), parts, len(pairs(city)), round(wall, 2), round(processor, 2))
        rows.append((*row, "yes" if wall < SECONDS else "NO"))
    columns = ("city", "routers", "lines", "single failures", "pairs a family", "seconds", "processor s", f"< {SECONDS} s")
    print(to_text(Table(columns, rows)))
    began, used = time.perf_counter(), time.process_time()
    plan = plan_traffic(load_city("shanwei"), Rollout())
    wall, processor = time.perf_counter() - began, time.process_time() - used
    print(f"traffic of shanwei planned: {plan.tried} costs tried, {wall:.1f} s, {processor:.1f} processor s")


if __name__ == "__main__":
    main()
