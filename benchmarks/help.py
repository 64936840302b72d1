"""How long a page of help takes: `python -m benchmarks.help`. Wall clock and processor time, the best of seven, beside a bare Python."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Collection

from cli.nouns import NOUNS
from cli.render import Table, to_text

PROMISED = 0.2


def measure(argv: list[str], rounds: int = 7, *, ends: Collection[int] = (0,)) -> tuple[float, float]:
    """The least wall-clock and processor seconds that the program, and what it started, took; it must end with one of these codes."""
    wall, processor = [], []
    for _round in range(rounds):
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        code = subprocess.run(argv, stdout=subprocess.DEVNULL, check=False).returncode
        if code not in ends:
            raise subprocess.CalledProcessError(code, argv)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        wall.append(time.perf_counter() - began)
        processor.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(wall), min(processor)


def main() -> None:
    rows = [("python -c pass", *measure([sys.executable, "-c", "pass"]), "")]
    for noun in ("", *NOUNS):
        wall, processor = measure([sys.executable, "-m", "cli.main", *([noun] if noun else []), "--help"])
        rows.append((f"citynode {noun} --help".replace("  ", " "), wall, processor, "yes" if wall < PROMISED else "NO"))
    print(to_text(Table(("command", "seconds", "processor seconds", f"under {PROMISED:g} s"), rows)))


if __name__ == "__main__":
    main()
