"""A lab from nothing and back: `python -m benchmarks.lab [CITY] [ROUNDS]`. Seconds up and down, memory, and what it left.

Brings up a lab of its own beside any other; promises are for a machine that does nothing else, with images and engines cached.
"""

from __future__ import annotations

import subprocess
import sys
import time

from cli.render import Table, to_text
from lab import leftovers, slots
from lab.memory import memory_in_use_gb
from ops.folders import state_dir

UP = {"tiny": 40.0, "shanwei": 120.0}
DOWN = {"tiny": 20.0, "shanwei": 20.0}
NAME = "benchmark"


def timed(*words: str) -> float:
    """Seconds that a command of the lab took."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-m", "cli.main", "lab", *words, "--name", NAME, "-q"], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def main() -> None:
    city = sys.argv[1] if len(sys.argv) > 1 else "tiny"
    rows = []
    for number in range(1, 1 + (int(sys.argv[2]) if len(sys.argv) > 2 else 1)):
        free = memory_in_use_gb()
        up = timed("up", "--city", city)
        used = memory_in_use_gb() - free
        slot = next(claim.slot for claim in slots.claims() if claim.name == NAME)
        down = timed("down")
        left = leftovers.traces(NAME, folder=state_dir() / "labs" / NAME, slot=slot)
        rows.append((number, up, UP.get(city, 0.0), used, down, DOWN.get(city, 0.0), ", ".join(left) or "nothing"))
    columns = ("round", "up (s)", "promised", "memory (GB)", "down (s)", "promised", "left behind")
    print(to_text(Table(columns, rows, title=city)))


if __name__ == "__main__":
    main()
