"""The rules over one run of pulumi: the pack is served from this process, and pulumi is told where.

The program that pulumi starts for the pack only says the port. So a run pays for no second Python, no second reading of the
city, and a judge that can't be left behind: the program ends with pulumi.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from city.model import City
from stacks.declare.placement import centre_named
from stacks.engine.plugin import write_executable
from stacks.guard.facts import facts_at

if TYPE_CHECKING:
    from pulumi.automation import Workspace

PACK_FOLDER = Path(__file__).with_name("pack")
PROGRAM = "pulumi-analyzer-policy-citynode"
PORT_VARIABLE = "CITYNODE_POLICY_PORT"


@dataclass(frozen=True, slots=True)
class Watch:
    """The rules of a city, over the runs of its centres."""

    city: City

    @contextmanager
    def over(self, centre: str, workspace: Workspace) -> Iterator[list[str]]:
        """The packs that a run of this centre is given while the block lasts; the workspace's environment says where they are served."""
        from stacks.guard.analyzer import Analyzer, serving

        facts = facts_at(self.city, centre_named(self.city, centre))
        with serving(Analyzer(facts, datetime.now(UTC).date())) as port:
            before = workspace.env_vars
            workspace.env_vars = {**before, PORT_VARIABLE: str(port)}
            try:
                yield [str(PACK_FOLDER)]
            finally:
                workspace.env_vars = before


def write_program(folder: Path) -> Path:
    """The program that pulumi finds beside itself for packs of our runtime; without a port it serves the pack itself."""
    root = Path(__file__).resolve().parents[2]
    alone = f"exec env PYTHONPATH={shlex.quote(str(root))} {shlex.quote(sys.executable)} -m stacks.guard.pack"
    here = f'echo "${PORT_VARIABLE}"; exec tail -f --pid=$PPID /dev/null'
    return write_executable(folder / PROGRAM, f'#!/bin/sh\nif [ -n "${PORT_VARIABLE}" ]; then {here}; fi\n{alone}\n')
