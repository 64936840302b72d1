"""The steps of a cutover that the city's DNS follows by: names made short-lived, switched, taken back, made lasting again.

The store says what the names held before and how far they are; every step may run twice. A network without names has nothing to do
here, and no name server is asked for it.
"""

from __future__ import annotations

from collections.abc import Iterable
from time import sleep, time

from network.cutover import names
from network.cutover.scene import Scene
from network.dns.server import Rrset, as_data, from_data
from ops.durable import Run
from ops.killpoint import kill_point
from ops.language import _
from ops.plan import JsonObject

BEFORE, SINCE, SWITCHED = "names_before", "names_short_since", "names_switched"
"""In the store: what the names held; when they were short-lived, in seconds of the epoch; whether any may lead to a new address."""


def shorten(scene: Scene, run: Run) -> JsonObject:
    """Keep what the names hold, then make them short-lived."""
    if not scene.cut.has_names:
        return {}
    run.progress.stage(_("make the names short-lived"))
    found = _kept(scene)
    if found is None:
        found = names.held(scene.name_server(), scene.cut)
        scene.store.note(scene.name, **{BEFORE: [as_data(each) for each in found]})
    _update(scene, names.shortened(found))
    kill_point("names-shortened", "middle")
    scene.store.note(scene.name, **{SINCE: time()})
    return {"seconds": names.longest(found)}


def switch(scene: Scene, run: Run) -> JsonObject:
    """Wait until nobody can remember the long-lived records, then lead the names to the new addresses."""
    if not scene.cut.has_names:
        return {}
    left = float(scene.store.read(scene.name)[SINCE]) + run.done["lower"]["seconds"] - time()
    if left > 0:
        run.progress.stage(_("wait {seconds:.0f} s until nobody remembers the names' old records").format(seconds=left))
        sleep(min(left, names.MOST))
    run.progress.stage(_("switch the names"))
    scene.store.note(scene.name, **{SWITCHED: True})
    _update(scene, names.after(scene.cut))
    return {"names": {name: str(move.new.ip) for move in scene.cut.hosts for name in move.names}}


def are_switched(scene: Scene) -> bool:
    """Whether users may follow the names to new addresses already."""
    return bool(scene.store.read(scene.name).get(SWITCHED))


def take_back(scene: Scene) -> None:
    """What the names held before this cutover, and for how long; nothing where they were never touched."""
    found = _kept(scene)
    if found is not None:
        _update(scene, found)


def settle(scene: Scene, run: Run) -> JsonObject:
    """The new records live as long as the old ones did."""
    found = _kept(scene)
    if found is None:
        return {}
    run.progress.stage(_("give the names their usual lifetime"))
    _update(scene, names.usual(scene.cut, found))
    return {"names": sorted({each.name for each in found})}


def require(scene: Scene) -> None:
    """Return if all names lead to the new addresses; a network that was cut over before it had names has none to ask."""
    if _kept(scene) is not None:
        names.raise_on_others(scene.name_server(), scene.cut)


def _kept(scene: Scene) -> tuple[Rrset, ...] | None:
    """What the names held before; None where nothing of them was changed."""
    kept = scene.store.read(scene.name).get(BEFORE)
    return None if kept is None else tuple(from_data(each) for each in kept)


def _update(scene: Scene, sets: Iterable[Rrset]) -> None:
    """One message: all of it or nothing."""
    wanted = tuple(sets)
    if wanted:
        scene.name_server().update(scene.cut.city.address_plan.domain, wanted)
