"""The lab's routers past the code under test: what they hold, typing on them, and putting them back."""

from __future__ import annotations

import subprocess
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from network.compare import patch_for, read_all, snapshot_target
from network.desk import Desk
from network.open import open_desk
from ops.audit import Trail
from ops.control import Control
from ops.lease import Leases
from ops.progress import Silent
from tests.lab.rig import Rig

NOWHERE = Path("/nowhere")


def looking(lab: Rig) -> Desk:
    """A desk that is for looking only: it has no state."""
    control = Control(NOWHERE, Trail(NOWHERE), Leases(NOWHERE), Silent(), "li", production=False)
    return open_desk(lab.city, lab.access, control)


def held(lab: Rig, names: Collection[str] | None = None) -> dict[str, str]:
    """What each router holds now; a router that a busy machine keeps waiting is asked again."""
    wanted = [name for name in lab.city.router_by_name if names is None or name in names]
    found: dict[str, str] = {}
    for _attempt in range(3):
        answers = read_all(looking(lab), [name for name in wanted if name not in found])
        found |= {answer.device: answer.value for answer in answers if answer.value is not None}
        if len(found) == len(wanted):
            break
    assert len(found) == len(wanted), [str(answer.error) for answer in answers if answer.error]
    return {name: found[name] for name in wanted}


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
