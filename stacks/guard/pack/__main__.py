"""Serve the pack on a loopback port, print it, and end when the engine is gone. City and centre are the stack's configuration."""

from __future__ import annotations

import os
import sys
import time
from datetime import UTC, datetime

from city.load import load_city
from ops.brief import collect_rarely
from stacks.declare.placement import centre_named
from stacks.guard.analyzer import Analyzer, serving
from stacks.guard.facts import Facts, facts_at


def configured(config: dict[str, str]) -> Facts:
    """The facts of the centre that a stack of `stacks/centre` is for."""
    city = load_city(config["citynode:city"])
    return facts_at(city, centre_named(city, config["citynode:centre"]))


def main() -> None:
    collect_rarely()
    engine = os.getppid()
    with serving(Analyzer(configured, datetime.now(UTC).date())) as port:
        sys.stdout.write(f"{port}\n")
        sys.stdout.flush()
        while os.getppid() == engine:
            time.sleep(1.0)


if __name__ == "__main__":
    main()
