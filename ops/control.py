"""What every operation is given: where state lives, the trail, the leases, whom to tell, and who acts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ops.audit import Trail
    from ops.lease import Leases
    from ops.progress import Progress


@dataclass(frozen=True)
class Control:
    """The frame of one operation. `scope` (a lab's or city's name) keeps runs and leases of two cities apart."""

    state: Path
    trail: Trail
    leases: Leases
    progress: Progress
    author: str
    production: bool
    scope: str = ""
    command: tuple[str, ...] = ()
    """The command line that asked for it, so that `citynode ops resume` can ask again."""
    database: str = ""
    """Where DBOS keeps its records when it is not the state folder: a PostgreSQL URL."""
