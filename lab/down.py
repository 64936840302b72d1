"""Take a lab down so that nothing stays: processes, namespaces, interfaces, mounts, folders, accounts.

Works from the record where there is one and from names alone where there isn't, so that a lab whose folder was
deleted, or that a crash left half made, goes as cleanly as a healthy one. May be run again at any time.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from lab import access_file, kernel, labs, namespace, processes, slots
from lab.box import Box
from lab.errors import LabFailed
from lab.frr.daemons import SAVED, SOCKETS, remove_leftovers
from lab.logins.nft import remove_nft
from lab.logins.users import remove_users
from lab.part import Part
from lab.parts import all_parts
from lab.record import Record
from lab.slots import Claim
from lab.wires.netlink import Netlink
from ops.errors import CitynodeError, UsageProblem
from ops.language import _
from ops.process import Command
from ops.progress import Progress
from ops.suggest import unknown

MNT_DETACH = 2
TIME_WAIT = "06"
"""A TCP state that keeps no namespace alive (include/net/tcp_states.h)."""


def take_down(state: Path, name: str, progress: Progress) -> None:
    """End the lab of that name."""
    claim = next((entry for entry in slots.claims() if entry.name == labs.check_name(name)), None)
    folder = claim.folder if claim else labs.folder_of(state, name)
    if claim is None and not folder.exists():
        known = {*labs.known(state), *(entry.name for entry in slots.claims())}
        raise (
            unknown("lab", name, known)
            if known
            else UsageProblem(_("there is no lab named '{name}'").format(name=name), why=_("no lab is up"), hint="citynode lab list")
        )
    with slots.lab_lock(name):
        erase(folder, name, claim, progress)
        access_file.forget(state, name)


def sweep(progress: Progress) -> None:
    """Clean away labs that are left over from something that ended."""
    for claim in slots.claims():
        why = slots.stale_because(claim)
        if why:
            with suppress(CitynodeError), slots.lab_lock(claim.name):
                if claim in slots.claims():  # else somebody has cleaned it away meanwhile, and may have brought it up again
                    progress.note(_("cleaning the lab '{name}' away: {why}").format(name=claim.name, why=why))
                    erase(claim.folder, claim.name, claim, progress)


def erase(folder: Path, name: str, claim: Claim | None, progress: Progress) -> None:
    """End everything of a lab; the caller holds its lock."""
    record = Record.load(folder / "record.json")
    slot = _slot(claim, record)
    progress.stage(_("lab {name}: down").format(name=name))
    if record:
        _parts_down(folder, record, progress)
    progress.step(_("ends processes"))
    _end_processes(name, folder)
    progress.step(_("ends namespaces"))
    _end_connections(namespace.named(f"{name}."))
    for netns in namespace.named(f"{name}."):
        namespace.delete(netns)
    namespace.release_folder()
    if slot is not None:
        _remove_management(f"cn{slot}")
    progress.step(_("removes folders"))
    outside = {Path(path) for path in (record.facts.outside if record else ())}
    outside |= {*SAVED.glob(f"{name}_*"), *SOCKETS.glob(f"{name}_*"), slots.REGISTER / f"lab-{name}"}
    _remove_all((*sorted(outside), *folder.glob("nodes/*/*"), folder))
    slots.release(name)
    remove_leftovers(is_last=not slots.claims())
    remove_users()
    remove_nft()
    slots.close_register(kernel.put_back)


def _slot(claim: Claim | None, record: Record | None) -> int | None:
    """The lab's slot; what was noted before the machine was started anew may be another lab's now."""
    if claim:
        return claim.slot
    return record.facts.slot if record and record.facts.boot == slots.boot_id() else None


def _parts_down(folder: Path, record: Record, progress: Progress) -> None:
    """Let every part that was begun undo what only it knows; one that can't is told of, and the rest goes on."""
    try:
        box = labs.box_of(folder, record)
    except CitynodeError as changed:
        progress.note(_("the lab's city can't be read any more ({changed}); going by names alone").format(changed=changed))
        return
    for part in reversed(all_parts()):
        if part.name in record.facts.parts:
            progress.step(_("{name} goes down").format(name=part.name))
            _part_down(part, box, progress)


def _part_down(part: Part, box: Box, progress: Progress) -> None:
    try:
        part.down(box)
    except (CitynodeError, OSError) as failed:
        progress.note(_("{name} did not go down cleanly: {failed}").format(name=part.name, failed=failed))


def _end_processes(name: str, folder: Path) -> None:
    """Kill everything in the lab's namespaces, with its mark or with a root of its own there, until a look finds nothing."""

    def find() -> set[processes.Process]:
        return {*processes.within(namespace.named(f"{name}.")), *processes.marked(f"{name}/").values(), *processes.rooted(folder)}

    left = processes.end_all(find)
    if left:
        raise LabFailed(
            _("processes of the lab '{name}' don't end").format(name=name),
            why=_("pid {left}").format(left=", ".join(str(process.pid) for process in left)),
            hint=_("citynode lab down --name {name} again").format(name=name),
        )


def _end_connections(namespaces: Iterable[str]) -> None:
    """Drop what TCP would go on delivering for processes that are gone: for minutes it would keep their namespaces alive."""

    def drop(netns: str) -> None:
        with suppress(CitynodeError), namespace.inside(netns):
            lines = [line for kind in ("tcp", "tcp6") for line in Path(f"/proc/thread-self/net/{kind}").read_text().splitlines()[1:]]
            if any(line.split()[3] != TIME_WAIT for line in lines):
                Command(("ss", "--kill", "--no-header"), allowed=(0, 1), timeout=20).run()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(drop, namespaces))


def _remove_management(bridge: str) -> None:
    """Wait for the legs to go with their namespaces, then remove the bridge and what is left."""
    with Netlink(None) as machine:
        until = time.monotonic() + 5
        while True:
            left = [name for name in machine.cards() if name.startswith(f"{bridge}m")]
            if not left or time.monotonic() > until:
                break
            time.sleep(0.05)
        for name in (*left, bridge):
            machine.remove(name)


def _remove_all(paths: Iterable[Path]) -> None:
    """Remove them side by side, the last when the others are gone: a disk that still writes makes removing wait."""
    *first, last = paths
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(_remove, first))
    _remove(last)


def _remove(path: Path) -> None:
    """Remove a file or a folder with all in it, unmounting first what is mounted there."""
    libc = ctypes.CDLL(None, use_errno=True)
    mounts = [line.split()[1].encode().decode("unicode_escape") for line in Path("/proc/self/mounts").read_text().splitlines()]
    for mount in sorted((mount for mount in mounts if mount.startswith(f"{path}/") or mount == str(path)), reverse=True):
        libc.umount2(os.fsencode(mount), MNT_DETACH)
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
    if path.exists():
        raise LabFailed(_("{path} can't be removed").format(path=path), hint=_("something still writes there; citynode lab down again"))
