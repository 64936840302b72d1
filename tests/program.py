"""`citynode` itself, run by tests to its end in a process that has its modules imported already (`tests.warm`)."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.parts import KNOWN
from tests import warm

ROOT = Path(__file__).parents[1]
PROGRAM = (sys.executable, "-m", "cli.main")
"""`citynode`, for a test that starts it as a process of its own."""
MODULES = (
    "cli.main", "cli.frame", "cli.talk", "cli.lab", "cli.net", "cli.net_views", "cli.net_ipv6_views", "cli.net_cutover_views", "cli.stack",
    "cli.stack_views", "cli.migrate", "cli.mon", "cli.mon_views", "cli.dr", "cli.zone", "cli.ops", "cli.audit", "city.load", "dbos",
    "dr.status", "lab.up", "lab.down", "lab.faults", "lab.status", "migrate.run", "monitoring.poll", "monitoring.targets",
    "network.cutover.main", "network.ipv6.main", "network.open", "network.push.main", "ops.record", "ops.settings", "stacks.apply",
    "stacks.fleet", "stacks.guard.analyzer", *(module for _name, module, _class in KNOWN),
)  # fmt: skip
"""What commands import most; whatever is missing here is imported by the command that needs it."""


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """What it said on stdout with `-o json`."""
        return json.loads(self.out)


def citynode(*words: str, environment: Mapping[str, str], timeout: float = 240) -> Ended:
    """Run `citynode WORDS` to its end, whatever it answers."""
    return Ended(*warm.run(_become, words, ROOT, environment, timeout, MODULES))


def _become(*words: str) -> int:
    from cli.main import main

    sys.argv = ["citynode", *words]
    return main(words)
