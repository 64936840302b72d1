"""Getting engines in a process of its own, so that the caller goes on with what doesn't need them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from engines.resolve import ensure
from ops.errors import CitynodeError
from ops.folders import cache_dir
from ops.progress import Silent


def fetch(programs: Iterable[str]) -> Path:
    """Begin; returns the log that tells how it ended. `engines status` shows how far it is."""
    log = cache_dir() / "engines" / "fetch.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    root = Path(__file__).parents[1]
    with log.open("ab") as output:
        subprocess.Popen(
            [sys.executable, "-m", "engines.background", *programs],
            cwd=root,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    return log


def main(programs: list[str]) -> int:
    """The background process itself; its exit code."""
    try:
        ensure(programs, Silent())
    except CitynodeError as failed:
        sys.stderr.write(f"{failed}\n{failed.hint}\n")
        return failed.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
