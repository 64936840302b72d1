"""The shaped path from the department to the city node: the mover at the department's host, and what went over it."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from migrate import files
from migrate.remote.program import RemoteProgram
from ops.errors import CitynodeError
from ops.language import _

if TYPE_CHECKING:
    from migrate.scene import Scene

ALONE = 24 * 3600.0
"""Seconds after which the mover ends if nobody opened the road again: then those who did have gone."""
RENEW = 3600.0
WINDOW = 1.0
"""Seconds over which a rate is taken."""


@dataclass(frozen=True, slots=True)
class Sample:
    """How many bytes had gone towards the target by when, as the mover counts."""

    at: float
    sent: int


@dataclass(frozen=True, slots=True)
class Flow:
    """What a stretch of copying took of the link, on the wire's payload."""

    bytes: int
    seconds: float
    mbit: float
    mbit_p95: float


def flow(samples: Sequence[Sample]) -> Flow:
    """Bytes and rates of these samples; a counter that began anew is added on. Pure."""
    total, steps = 0, []
    for before, after in pairwise(samples):
        moved = after.sent - before.sent if after.sent >= before.sent else after.sent
        total += moved
        if after.at > before.at:
            steps.append((after.at - before.at, moved))
    seconds = sum(each[0] for each in steps)
    rates = sorted(_windowed(steps))
    p95 = rates[min(len(rates) - 1, int(len(rates) * 0.95))] if rates else 0.0
    return Flow(total, round(seconds, 2), round(total * 8e-6 / seconds, 3) if seconds else 0.0, round(p95, 3))


def _windowed(steps: Sequence[tuple[float, int]]) -> list[float]:
    """Rates in Mbit/s over windows of at least a second."""
    found, spent, moved = [], 0.0, 0
    for seconds, count in steps:
        spent, moved = spent + seconds, moved + count
        if spent >= WINDOW:
            found.append(moved * 8e-6 / spent)
            spent, moved = 0.0, 0
    return found


class Road:
    """The mover of one move."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._opened: float | None = None
        name = scene.move.system.name
        self.mover = RemoteProgram("mover.py", f"mover-{name}")
        self._purse = RemoteProgram("", f"rsync-{name}")

    @property
    def password_file(self) -> str:
        """Where the target's node keeps the word for the department's files."""
        return f"{self._purse.folder}/password"

    def open(self, change: str) -> None:
        """It listens, for the target's addresses alone, keeps to the share, and does so for another day."""
        scene, move = self._scene, self._scene.move
        host, word = scene.department, scene.password("files")
        folder = self.mover.folder
        rsync = ["rsync", "--server", "--daemon", f"--config={folder}/rsyncd.conf", "."]
        config = {
            "change": change,
            "allowed": [str(each) for each in move.peers],
            "rate_mbit": move.share_mbit,
            "alone_seconds": ALONE,
            "routes": [
                [str(move.source_lan), move.database_port, ["127.0.0.1", scene.source.port]],
                [str(move.source_lan), move.files_port, rsync],
            ],
        }
        self.mover.write(host, "rsyncd.secrets", f"{files.USER}:{word}\n")
        self.mover.write(host, "rsyncd.conf", files.daemon_config(move.files, f"{folder}/rsyncd.secrets"))
        self.mover.write(host, "config.json", json.dumps(config))
        self._purse.write(scene.node, "password", f"{word}\n")
        self.mover.ensure(host, [f"{folder}/config.json"])
        self._await()
        self._opened = time.monotonic()

    def ensure(self, change: str) -> None:
        """It listens; opened only if it doesn't, which takes longer."""
        if not self.mover.is_alive(self._scene.department):
            self.open(change)

    def renew(self, change: str) -> None:
        """It is opened again in time, however often this is asked."""
        if self._opened is None or time.monotonic() - self._opened > RENEW:
            self.open(change)

    def _await(self) -> None:
        until = time.monotonic() + 10
        while True:
            said = self.mover.read_json(self._scene.department, "mover.stat")
            if said and time.time() - float(said["at"]) < 30 and self.mover.is_alive(self._scene.department):
                return
            if time.monotonic() > until:
                why = self.mover.read(self._scene.department, "log").strip().splitlines()[-1:]
                raise CitynodeError(
                    _("the mover at {site} does not start").format(site=self._scene.move.source),
                    why=" ".join(why),
                    hint=_("is another program on its ports, or Python missing there?"),
                )
            time.sleep(0.2)

    def sample(self) -> Sample | None:
        """What has gone over it until now; None when it doesn't run."""
        said = self.mover.read_json(self._scene.department, "mover.stat")
        return Sample(float(said["at"]), sum(said["sent"])) if said else None

    def close(self) -> None:
        """Nothing of it is left at the department."""
        self.mover.remove(self._scene.department)

    def forget(self) -> None:
        """Nor at the target's node."""
        self._purse.remove(self._scene.node)
