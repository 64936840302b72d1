"""The system's files on their way to the target, while the databases do something else.

They are carried as long as anything comes over the link, however long that takes. When what is done meanwhile fails, it
ends at once: nobody waits days for files of a move that is to be undone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event
from typing import TYPE_CHECKING, TypeVar

from migrate import files
from migrate.errors import Stalled
from migrate.limits import PATIENCE
from migrate.road import Road
from migrate.workload import volume_folder
from ops.errors import Unreachable
from ops.language import _

if TYPE_CHECKING:
    from migrate.scene import Scene

Found = TypeVar("Found")


@contextmanager
def beside(scene: Scene, work: Callable[[Event], Found]) -> Iterator[Future[Found]]:
    """The work goes on in a thread; its event, and every connection's end, tell it that the rest failed."""
    stop = Event()
    with ThreadPoolExecutor(1) as pool:
        try:
            yield pool.submit(work, stop)
        except BaseException:
            stop.set()
            scene.let_go()
            raise


def pull_files(scene: Scene, change: str, *, seconds: float, stop: Event | None = None) -> None:
    """The files are at the target: tried again while the link breaks, until nothing comes over it or the limit is over."""
    road, stop = Road(scene), stop or Event()
    began = moved = time.monotonic()
    sent = -1
    road.ensure(change)
    while not stop.is_set():
        tried = time.monotonic()
        try:
            if _pull(scene, road, seconds):
                return
            before, sent = sent, _sent(road)
            has_moved, why = sent != before, _("the connection breaks again and again")
        except Unreachable as lost:
            has_moved, why = False, str(lost)
        if has_moved or time.monotonic() - tried > PATIENCE:  # rsync itself ends sooner than that where nothing comes
            moved = time.monotonic()
        now = time.monotonic()
        if now - moved > PATIENCE or now - began > seconds:
            raise Stalled(
                _("the files of {system} don't come over").format(system=scene.move.system.name),
                why=why,
                hint=_("citynode lab status, or the network duty: is the link cut? then run the same command again"),
            )
        stop.wait(1)


def _pull(scene: Scene, road: Road, seconds: float) -> bool:
    move = scene.move
    volume = volume_folder(scene.stage.access.centres[move.target], move)
    return files.pull(scene.node, move.source_lan, move.files_port, volume, road.password_file, seconds=seconds)


def _sent(road: Road) -> int:
    now = road.sample()
    return now.sent if now else 0
