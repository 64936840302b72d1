"""The lab's routers past the code under test: what they hold, typing on them, and putting them back."""

from __future__ import annotations

import subprocess
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from city.model import Dialect
from lab.frr import daemons, vty
from lab.logins import sshd
from lab.routers import host
from lab.routers.part import speaks
from network.compare import patch_for, read_all, snapshot_target
from network.desk import Desk
from network.open import open_desk
from ops.audit import Trail
from ops.control import Control
from ops.errors import CitynodeError
from ops.lease import Leases
from ops.progress import Silent
from tests.lab.rig import Rig

if TYPE_CHECKING:
    from lab.box import Box

NOWHERE = Path("/nowhere")
_READ: dict[tuple[str, ...], str] = {}
"""What a router was read to hold, by what its parts said then: a session takes a fifth of a second of processor time to read a router,
and its parts a fiftieth to say that they are as they were."""


def looking(lab: Rig) -> Desk:
    """A desk that is for looking only: it has no state."""
    control = Control(NOWHERE, Trail(NOWHERE), Leases(NOWHERE), Silent(), "li", production=False)
    return open_desk(lab.city, lab.access, control)


def held(lab: Rig, names: Collection[str] | None = None) -> dict[str, str]:
    """What each router holds now; a router that a busy machine keeps waiting is asked again."""
    wanted = [name for name in lab.city.router_by_name if names is None or name in names]
    box = lab.box()
    parts = {name: _parts(box, name) for name in wanted}
    found = {name: _READ[said] for name, said in parts.items() if said in _READ}
    for _attempt in range(3):
        if len(found) == len(wanted):
            break
        answers = read_all(looking(lab), [name for name in wanted if name not in found])
        found |= {answer.device: answer.value for answer in answers if answer.value is not None}
    assert len(found) == len(wanted), [str(answer.error) for answer in answers if answer.error]
    for name, said in parts.items():
        if said and said not in _READ and _parts(box, name) == said:  # nothing changed while it was read
            _READ[said] = found[name]
    return {name: found[name] for name in wanted}


def _parts(box: Box, name: str) -> tuple[str, ...]:
    """What the router's daemons, its programs' files and its kernel hold, each in its own words; empty where one doesn't say, or no login
    is to be had: whoever asks then has to read the router.
    """
    if speaks(box, name) is not Dialect.FRR or not sshd.greets(str(box.management_address(name))):
        return ()
    try:
        said = [vty.ask(daemons.folders(box, name)[1] / f"{daemon}.vty", "show running-config") for daemon in daemons.daemons(box, name)]
        files = [f"{path.name}\n{path.read_text(encoding='utf-8')}" for path in sorted(host.folder(box, name).glob("*.conf"))]
        rules = box.run(name, ("nft", "--stateless", "list", "ruleset")).stdout
    except (CitynodeError, OSError):
        return ()
    return (box.name, name, *said, *files, rules)


def restore(lab: Rig, before: dict[str, str]) -> None:
    """Type what brings every router back to this."""
    typed = []
    for name, text in held(lab).items():
        patch = patch_for(lab.city, name, text, snapshot_target(lab.city, name, before[name]))
        if patch:
            typed.append(name)
            with closing(looking(lab).fleet.connect(name)) as device:
                device.apply(patch.commands)
                device.save()
        else:
            _same(lab, name, text, before[name])
    for name, text in held(lab, typed).items():
        _same(lab, name, text, before[name])


def _same(lab: Rig, name: str, now: str, before: str) -> None:
    """In canonical form: FRR prints an area as it was typed last."""
    assert snapshot_target(lab.city, name, now) == snapshot_target(lab.city, name, before), name


@contextmanager
def kept(lab: Rig) -> Iterator[dict[str, str]]:
    """Whatever happens inside, the routers hold afterwards what they held before."""
    before = held(lab)
    try:
        yield before
    finally:
        restore(lab, before)


def vtysh(lab: Rig, node: str, *lines: str) -> None:
    """Somebody types on the router, past citynode."""
    words = [word for line in lines for word in ("-c", line)]
    subprocess.run(["vtysh", "-N", lab.box().pathspace(node), "-c", "configure terminal", *words], check=True, capture_output=True)


def vtysh_says(lab: Rig, node: str, line: str) -> str:
    """What the router answers to a line of exec mode."""
    return subprocess.run(
        ["vtysh", "-N", lab.box().pathspace(node), "-c", line], check=False, capture_output=True, text=True, timeout=20
    ).stdout  # fmt: skip
