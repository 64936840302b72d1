"""Bring a city up in a box: the whole flow in one page.

    check the machine -> clean stale labs -> lock the lab -> take a slot -> open the record -> parts, in order -> in use

Parts that don't wait for each other come up side by side. Whatever was up already stays; what a killed run left
half made is finished.
"""

from __future__ import annotations

import errno
import time
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from ipaddress import IPv4Network
from pathlib import Path

from city.load import find_city, load_city
from lab import access_file, labs, slots
from lab.box import Box
from lab.check import check_up
from lab.down import erase, sweep
from lab.errors import LabFailed
from lab.frr import converge
from lab.part import Part
from lab.parts import all_parts, choose
from lab.preflight import FULL_MB, check_machine, check_paths, free_mb
from lab.record import Record
from lab.wires.netlink import Netlink
from ops.errors import CitynodeError
from ops.language import _
from ops.progress import Progress


@dataclass(frozen=True, slots=True)
class Request:
    """What is to come up."""

    city: str
    name: str
    only: tuple[str, ...] = ()
    without: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Risen:
    """What came up, and how long each part took."""

    box: Box
    seconds: dict[str, float]


def bring_up(state: Path, request: Request, progress: Progress, watch: Callable[[Box], None] = lambda _box: None) -> Risen:
    """Bring the lab up as asked; `watch` is told of the box as soon as there is one."""
    city = _city_reference(request.city)
    parts = choose(all_parts(), only=request.only, without=request.without)
    folder = labs.folder_of(state, labs.check_name(request.name))
    check_machine([part.name for part in parts], state, _built(folder))
    if any(part.name == "clusters" for part in parts):
        check_paths(folder, [site.name for site in load_city(request.city).centres])
    sweep(progress)
    _clean_old(folder, request.name, progress)
    with slots.lab_lock(request.name):
        box = _open(folder, city, request.name)
        watch(box)
        progress.stage(_("lab {name}: up").format(name=box.name))
        seconds = run_parts(box, parts, progress)
        converge.wait(box, progress)
        check_up(box, parts, progress)
        access_file.use(state, box)
    return Risen(box, seconds)


def run_parts(box: Box, parts: Iterable[Part], progress: Progress) -> dict[str, float]:
    """Bring the parts up, each as soon as what it stands on is there; returns the seconds that each took."""
    waiting = {part.name: part for part in parts}
    running: dict[Future[float], str] = {}
    seconds: dict[str, float] = {}
    failed: dict[str, CitynodeError] = {}
    with ThreadPoolExecutor(max_workers=max(1, len(waiting))) as pool:
        while waiting or running:
            held = {*waiting, *running.values(), *failed}
            for part in [part for part in waiting.values() if not held.intersection(part.after)]:
                del waiting[part.name]
                running[pool.submit(_run_part, box, part, progress)] = part.name
            if not running:
                break  # what is left waits for something that failed
            for done in wait(running, return_when=FIRST_COMPLETED).done:
                name = running.pop(done)
                error = done.exception()
                if error is None:
                    seconds[name] = done.result()
                elif isinstance(error, CitynodeError):
                    failed[name] = error
                    progress.note(_("{name} did not come up: {error}").format(name=name, error=error))
                else:
                    raise error
    _complain(box, failed, tuple(waiting))
    return seconds


class Share:
    """A part's share of the progress: several parts come up at once, so each says who it is."""

    def __init__(self, name: str, progress: Progress) -> None:
        self._name = name
        self._progress = progress

    def stage(self, text: str) -> None:
        """A stage of a part is a step of the lab."""
        self._progress.step(f"{self._name}: {text}")

    def step(self, text: str, *, done: int = 0, total: int = 0) -> None:
        """Pass it on with the part's name."""
        self._progress.step(f"{self._name}: {text}", done=done, total=total)

    def note(self, text: str) -> None:
        """Pass it on with the part's name."""
        self._progress.note(f"{self._name}: {text}")


def _run_part(box: Box, part: Part, progress: Progress) -> float:
    begun = time.monotonic()
    box.record.begin_part(part.name)
    share = Share(part.name, progress)
    share.stage(_("begins"))
    try:
        part.up(box, share)
    except OSError as failed:
        full = failed.errno == errno.ENOSPC
        raise LabFailed(
            _("{name} did not come up").format(name=part.name),
            why=str(failed),
            hint=(
                _("free some space, then citynode lab up goes on")
                if full
                else _("see {value}; citynode lab up goes on from here").format(value=box.folder / "log")
            ),
        ) from failed
    access_file.add(box, part.access(box))
    box.record.finish_part(part.name)
    return round(time.monotonic() - begun, 2)


def _complain(box: Box, failed: dict[str, CitynodeError], left: tuple[str, ...]) -> None:
    """Raise the failure, or one that names all of them."""
    if not failed:
        return
    first = next(iter(failed.values()))
    free = free_mb(box.folder)
    if free < FULL_MB:
        hint = _("free some space, then citynode lab up goes on")
        raise LabFailed(
            _("{value} did not come up: the disk is full").format(value=", ".join(failed)),
            why=_("{folder} has {free} MB left").format(folder=box.folder, free=free),
            hint=hint,
        ) from first
    if len(failed) == 1 and not left:
        raise first
    why = "; ".join(f"{name}: {error}" for name, error in failed.items())
    skipped = f" (so {', '.join(left)} had to wait)" if left else ""
    raise LabFailed(
        _("{value} did not come up{skipped}").format(value=", ".join(failed), skipped=skipped),
        why=why,
        hint=first.hint or _("citynode lab up goes on from here"),
    ) from first


def _clean_old(folder: Path, name: str, progress: Progress) -> None:
    """Clean away what an earlier start of the machine left, under a lock of its own: the lock's file goes with the lab.

    Not where the name is another folder's lab by now: that one would end, and is refused a little later.
    """
    with slots.lab_lock(name):
        claim = next((entry for entry in slots.claims() if entry.name == name), None)
        old = Record.load(folder / "record.json")
        if old and old.facts.boot != slots.boot_id() and (claim is None or claim.folder == folder):
            progress.note(_("the lab '{name}' ended when the machine was started anew; it is built again").format(name=name))
            erase(folder, name, claim, progress)


def _open(folder: Path, city: str, name: str) -> Box:
    """The box, new or as it was left."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    claim = slots.claim(name, folder, _taken)
    return labs.box_of(folder, labs.begin(folder, city, claim))


def _built(folder: Path) -> tuple[str, ...]:
    """Parts that an earlier run brought up."""
    record = Record.load(folder / "record.json")
    return tuple(name for name, state in record.facts.parts.items() if state == "up") if record else ()


def _city_reference(city: str) -> str:
    """The name of a shipped city, or the whole path of a folder: valid wherever the next command is run."""
    found = find_city(city)
    load_city(city)
    return str(found.resolve()) if "/" in city or city in {".", ".."} else city


def _taken(network: IPv4Network) -> str:
    """What on this machine already has an address in the network."""
    with Netlink(None) as machine:
        for used, card in machine.used().items():
            if IPv4Network(used).overlaps(network):
                return f"{network} overlaps {used} of {card}"
    return ""
