"""What every operation is given: where state lives, the trail, the leases, whom to tell, and who acts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ops.access import Access
    from ops.audit import Trail
    from ops.lease import Leases
    from ops.progress import Progress
    from ops.settings import Settings


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


def open_control(
    settings: Settings, *, city: str, production: bool, access: Access | None, progress: Progress, command: tuple[str, ...]
) -> Control:
    """The control of an operation on this city, the same whichever door it came in by; behind a lab nothing is production."""
    from ops.audit import Trail
    from ops.lease import Leases

    lab = access.lab if access else ""
    scope = (access.scope if access else "") or lab or city
    return Control(
        state=settings.state,
        trail=Trail(settings.state, scope=scope),
        leases=Leases(settings.state, scope=scope),
        progress=progress,
        author=settings.author,
        production=production and not lab,
        scope=scope,
        command=command,
        database=settings.database,
    )
