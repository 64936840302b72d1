"""One round of polling the whole city by SNMPv3, gufo-snmp beside pysnmp in one run: `python -m benchmarks.poll [ROUNDS]`.

Asks the routers of the lab in use (or of `CITYNODE_ACCESS`), all interfaces; the median of the rounds counts.
"""

from __future__ import annotations

import sys
import time
from statistics import median

from city.load import load_city
from cli.render import Table, to_text
from monitoring.rounds import poll_rounds
from monitoring.targets import targets
from ops.errors import UsageProblem
from ops.reach import load_access
from ops.settings import load_settings

PROMISED = 3.0
BACKENDS = ("gufo", "pysnmp")


def measure(backend: str, rounds: int) -> tuple[int, int, float, float]:
    """Devices and failures of the last round, and the median wall-clock and processor seconds of a round."""
    settings = load_settings({})
    if settings.access is None:
        raise UsageProblem("nothing says how to reach a city", hint="citynode lab up --city shanwei")
    access = load_access(settings.access)
    asked = targets(load_city(access.city), access)
    wall, processor, failed = [], [], 0
    began, busy = time.perf_counter(), time.process_time()
    for found, _rates in poll_rounds(asked, interval=0.0, rounds=rounds, backend=backend):
        wall.append(time.perf_counter() - began)
        processor.append(time.process_time() - busy)
        failed = len(found.failed)
        began, busy = time.perf_counter(), time.process_time()
    return len(asked), failed, median(wall), median(processor)


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    rows = []
    for backend in BACKENDS:
        devices, failed, wall, processor = measure(backend, rounds)
        rows.append((backend, devices, failed, wall, processor, "yes" if wall < PROMISED else "NO"))
    print(to_text(Table(("library", "devices", "failed", "seconds a round", "processor seconds", f"under {PROMISED:g} s"), rows)))


if __name__ == "__main__":
    main()
