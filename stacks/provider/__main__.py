"""`python -m stacks.provider [engine address]`: serve on a loopback port, print it, and end when the engine is gone."""

from __future__ import annotations

import os
import sys

from ops.brief import collect_rarely
from stacks.provider.serve import start


def main() -> None:
    collect_rarely()
    server, port = start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    engine = os.getppid()
    while server.wait_for_termination(timeout=1.0) and os.getppid() == engine:
        pass  # wait_for_termination says True as long as the time limit ends it
    server.stop(grace=None)


if __name__ == "__main__":
    main()
