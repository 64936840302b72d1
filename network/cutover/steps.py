"""The steps of a cutover, its undoing, its way back and its end. Each may run twice, and each asks the world rather than a memory."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from network.cutover import border, calls, hosts, lasting, prove, watch
from network.cutover.discover import discover as look
from network.cutover.errors import ServiceSilent
from network.cutover.plan import HostMove, Inside
from network.cutover.scene import Scene, stage_id
from network.cutover.store import FAILED, MOVING
from network.devices.shells import side_by_side
from network.ipv6.back import restore_devices
from ops.durable import Run
from ops.killpoint import kill_point
from ops.language import N_, STEP, _
from ops.plan import JsonObject

JOIN, LEAVE = N_("join", STEP), N_("retire", STEP)
"""Stages in which routers are pushed."""


def discover(scene: Scene, run: Run) -> JsonObject:
    """What is there is what the city says, or nothing is begun."""
    run.progress.stage(_("look at the network {name}").format(name=scene.name))
    found = look(scene.desk, scene.shells, scene.cut, scene.server)
    found.raise_on_blocking(scene.name)
    scene.store.begin(scene.name, state=MOVING, change_id=run.change_id, differences=found.as_data()["differences"])
    return found.as_data()


def begin_watch(scene: Scene, run: Run) -> JsonObject:
    watch.start(scene.shells, scene.cut, run.change_id)
    return {"watching": list(watch.sources(scene.cut))}


def dual(scene: Scene, run: Run) -> JsonObject:
    """New addresses beside old ones; the border lets the pilot in."""
    run.progress.stage(_("both paths: new addresses beside the old ones"))
    _on_hosts(scene, hosts.dual)
    kill_point("border-dual", "middle")
    _gate(scene, scene.cut.users[:1])
    return {"pilot": [user.enclave.name for user in scene.cut.users[:1]]}


def compare(scene: Scene, run: Run) -> JsonObject:
    """The old path inside and the new path of the pilot both answer, before anything is switched."""
    run.progress.stage(_("both paths are asked"))
    cut = scene.cut
    shots = [*prove.inside_shots(cut, old=True), *prove.user_shots(cut, cut.users[:1])]
    return _proven(scene, shots)


def switch(scene: Scene, run: Run) -> JsonObject:
    """Hosts speak by their new addresses, all users may enter."""
    run.progress.stage(_("switch over"))
    _on_hosts(scene, hosts.switch)
    kill_point("border-switch", "middle")
    _gate(scene, scene.cut.users)
    return {"users": [user.enclave.name for user in scene.cut.users]}


def prove_it(scene: Scene, run: Run) -> JsonObject:
    """Everybody who may reaches the services by old and new addresses, nobody else does, and the planes are apart."""
    run.progress.stage(_("prove who reaches what"))
    calls.require(scene)
    return _proven(scene, expectations(scene, old=True))


def settle(scene: Scene, run: Run) -> JsonObject:
    """Watch for a while, then count what users saw from the first step on."""
    run.progress.stage(_("watch for {seconds:g} s").format(seconds=scene.watch_seconds))
    watch.start(scene.shells, scene.cut, run.change_id)  # who still asks goes on; after a day's pause or a reboot nobody does
    time.sleep(scene.watch_seconds)
    seen = watch.count(watch.read(scene.shells, scene.cut, run.change_id))
    watch.stop(scene.shells, scene.cut, run.change_id)
    mute = [each.label for each in seen if not each.answered]
    if mute or not seen:
        raise ServiceSilent(_("a path never answered while it was watched: {paths}").format(paths=", ".join(mute) or _("all of them")))
    run.progress.note(watch.told(seen))
    return watch.worst(seen)


def undo(scene: Scene, run: Run) -> JsonObject:
    """As before the cutover, so that nobody comes in half-way; then nobody watches."""
    if "discover" not in run.done:
        return {}
    done = take_back(scene, run.change_id)
    scene.store.note(scene.name, state=FAILED)
    return done


def take_back(scene: Scene, change_id: str) -> JsonObject:
    """Bring a network that was joined under this change back to what it was: names, border, hosts, routers.

    Names that users follow come first; others last, so that a silent name server keeps nothing half-way.
    """
    switched = calls.are_switched(scene)
    if switched:
        calls.take_back(scene)
    kill_point("names-back", "middle")
    for router in scene.routers():
        scene.shells.run(router, "\n".join([lasting.forgotten(lasting.RULES), _nft(border.removal())]))
    kill_point("border-back", "middle")
    _on_hosts(scene, hosts.back)
    devices = restore_devices(scene.desk, stage_id(change_id, JOIN), scene.desk.rollout)
    watch.stop(scene.shells, scene.cut, change_id)
    if not switched:
        calls.take_back(scene)
    return {"routers": devices, "hosts": [move.name for move in scene.cut.hosts]}


def back_proof(scene: Scene, _run: Run) -> JsonObject:
    """Old addresses answer inside; nobody outside reaches anything any more."""
    cut = scene.cut
    outside = prove.user_shots(cut, cut.enclaves, prove.STRANGER)
    return _proven(scene, [*prove.inside_shots(cut, old=True), *outside])


def last_look(scene: Scene, run: Run) -> JsonObject:
    """Nothing is retired while something does not work."""
    run.progress.stage(_("prove who reaches what"))
    calls.require(scene)
    return _proven(scene, expectations(scene, old=False))


def retire_hosts(scene: Scene, run: Run) -> JsonObject:
    run.progress.stage(_("retire the old path"))
    _on_hosts(scene, hosts.retire)
    return {"hosts": [move.name for move in scene.cut.hosts if hosts.retire(move) != hosts.NOTHING]}


def retired_proof(scene: Scene, _run: Run) -> JsonObject:
    """New addresses answer, the old ones of renumbered hosts do not; that the planes are apart was the last look's proof."""
    cut = scene.cut
    gone = [
        prove.Shot(prove.STRANGER, other.name, move.old.ip, move.port)
        for move in cut.hosts
        if hosts.retire(move) != hosts.NOTHING
        for other in cut.hosts
        if other is not move
    ]
    return _proven(scene, [*prove.inside_shots(cut, old=False), *prove.user_shots(cut, cut.users), *gone])


def expectations(scene: Scene, *, old: bool) -> list[prove.Shot]:
    """All questions of a merged network; with `old` also those by old addresses, which stand until they are retired."""
    cut = scene.cut
    shots = [*prove.inside_shots(cut, old=False), *prove.user_shots(cut, cut.users), *prove.user_shots(cut, cut.strangers, prove.STRANGER)]
    shots += prove.inside_shots(cut, old=True) if old else []
    if cut.is_strong:
        shots += prove.across_shots(cut, prove.common_sites(cut, scene.sites))
    return shots


def measure(scene: Scene, shots: Sequence[prove.Shot]) -> prove.Proof:
    """Ask all of it, the extranet's own routers included where planes are to be apart."""
    asked = prove.shoot(scene.shells, shots, scene.control.progress.step)
    across = prove.routers_shots(scene.desk, scene.cut) if any(shot.kind == prove.ACROSS for shot in shots) else []
    return prove.Proof((*asked.shots, *across))


def _proven(scene: Scene, shots: Sequence[prove.Shot]) -> JsonObject:
    proof = measure(scene, shots)
    proof.raise_on_wrong()
    return proof.as_data()


def _gate(scene: Scene, users: Sequence[Inside]) -> None:
    """The border's rules, in the file that it reads when it starts, and now."""
    for router in scene.routers():
        rules = border.ruleset(scene.cut, router, users)
        scene.shells.run(router, "\n".join([lasting.kept(lasting.RULES, rules, literal=True), _nft(rules)]))


def _nft(rules: str) -> str:
    """One transaction of the kernel's packet filter."""
    return f"nft -f - <<'END-OF-RULES'\n{rules}END-OF-RULES"


def _on_hosts(scene: Scene, lines: Callable[[HostMove], str]) -> None:
    """The lines on every host, side by side."""
    side_by_side(lambda move: scene.shells.run(move.name, lines(move)), [move for move in scene.cut.hosts if lines(move) != hosts.NOTHING])
