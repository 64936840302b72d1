"""How good and how quick the plan of waves is: `python -m benchmarks.plan`. All 60 systems of the plan's city, three cases."""

from __future__ import annotations

import resource
import time
from datetime import UTC, date, datetime

from city.load import load_city
from cli.render import Table, to_text
from migrate.planning.plan import Plan, plan_waves
from migrate.slots import Slot

SECONDS, GAP = 30, 0.02
NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


def requests(count: int, latest: date) -> list[Slot]:
    """Requests of the first systems of the two clouds, all with this latest date."""
    city = load_city("shanwei")
    names = [system.name for system in city.systems if system.runs_at in ("oldcloud", "commcloud")]
    return [Slot(f"slot-{number}", name, "", None, latest, "", "", "") for number, name in enumerate(names[:count], start=1)]


def measure(asked: list[Slot]) -> tuple[Plan, float, float]:
    """The plan, and the wall-clock and processor seconds that it took."""
    before, began = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    made = plan_waves(load_city("shanwei"), asked, now=NOW, every=True)
    after = resource.getrusage(resource.RUSAGE_SELF)
    return made, time.perf_counter() - began, after.ru_utime - before.ru_utime


def main() -> None:
    cases = {
        "nobody asked": [],
        "8 ask for the first two windows": requests(8, date(2026, 11, 28)),
        "10 ask for the 8 places of two windows": requests(10, date(2026, 11, 28)),
    }
    rows = []
    for name, asked in cases.items():
        made, wall, processor = measure(asked)
        kept = "yes" if wall <= SECONDS and made.gap <= GAP else "NO"
        nights, placed = len(made.waves), len(made.slots)
        rows.append((name, placed, len(made.unplaced), nights, made.status, made.gap, round(wall, 1), round(processor, 1), kept))
    columns = ("case", "placed", "unplaced", "nights", "status", "gap", "seconds", "processor s", f"<= {SECONDS} s, {GAP:.0%}")
    print(to_text(Table(columns, rows)))


if __name__ == "__main__":
    main()
