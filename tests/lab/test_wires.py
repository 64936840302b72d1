"""The frame of a lab, namespaces and what joins them, is whole after any kill while it is made."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lab import namespace
from lab.box import Box
from lab.labs import open_lab
from lab.wires import ends, lan
from lab.wires.netlink import Netlink
from lab.wires.part import NODE_SETTINGS, Wires
from ops.progress import Silent
from tests import warm
from tests.lab.rig import Rig
from tests.program import MODULES, ROOT

STEPS = (
    (namespace, "create"), (ends, "write_settings"), (lan, "write_settings"),
    *((Netlink, name) for name in ("add_pair", "add_bridge", "add_macvlan", "hold_silent", "set_up", "remove", "add_address", "shape")),
)  # fmt: skip
"""What changes a frame."""
USED = "TEST_FRAME_KILLED_AT"
"""Environment variable: a file of the places, a line each, at which `up_until_new` has died already."""


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Rig]:
    used = tmp_path / "used"
    used.touch()
    rig = Rig(tmp_path, f"frame-{os.getpid()}", {"CITYNODE_LAB_OWNER": str(os.getpid()), USED: str(used)})
    yield rig
    rig.run("lab", "down", "--name", rig.name)


def test_killed_after_every_kind_of_step_the_frame_is_as_one_made_in_one_go(own: Rig) -> None:
    up = ("lab", "up", "--city", "tiny", "--name", own.name, "--only", "wires", "-q")
    own.ok(*up)
    wanted = frame(own.box())
    end(own.box())
    for _kill in range(60):
        code, _said, told = warm.run(up_until_new, (str(own.state), own.name), ROOT, {**os.environ, **own.environment}, 60, MODULES)
        if code == 0:
            break
        assert code == -signal.SIGKILL, told
    places = Path(own.environment[USED]).read_text(encoding="utf-8").splitlines()
    assert code == 0, places
    assert {"ends.py", "lan.py", "part.py"} == {place.partition(":")[0] for place in places}
    assert len(places) == len(set(places)) > 15
    found = frame(own.box())
    assert {where: held for where, held in found.items() if held != wanted[where]} == {}


def end(box: Box) -> None:
    """Take the frame away, as when the machine starts anew."""
    for name in (*box.nodes, *(segment.name for segment in lan.segments(box.city))):
        namespace.delete(box.netns(name))
    with Netlink(None) as machine:
        machine.remove(box.bridge)


def up_until_new(state: str, name: str) -> int:
    """In a process of its own: make the frame, and be killed behind the first step behind which none was killed before."""
    for owner, step in STEPS:
        setattr(owner, step, _deadly(getattr(owner, step)))
    Wires().up(open_lab(Path(state), name), Silent())
    return 0


def _deadly(step: Callable[..., object]) -> Callable[..., object]:
    note = Path(os.environ[USED])

    def work(*given: object, **named: object) -> object:
        done = step(*given, **named)
        caller = sys._getframe(1)
        place = f"{Path(caller.f_code.co_filename).name}:{caller.f_lineno}"
        if place not in note.read_text(encoding="utf-8").splitlines():
            with note.open("a", encoding="utf-8") as file:
                file.write(f"{place}\n")
            os.kill(os.getpid(), signal.SIGKILL)
        return done

    return work


def frame(box: Box) -> dict[str, object]:
    """What the kernel has of the frame; the lab's place among the machine's labs left out."""
    inside = [*box.nodes, *(segment.name for segment in lan.segments(box.city))]
    return {
        "machine": _cards(box, ("ip", "-j", "-d", "address", "show", "master", box.bridge)),
        "bridge": _cards(box, ("ip", "-j", "-d", "address", "show", "dev", box.bridge)),
        **{node: _node(box, node) for node in inside},
    }


def _node(box: Box, node: str) -> dict[str, object]:
    name = box.netns(node)
    with Netlink(name) as socket:
        names = {card.index: card.name for card in socket.cards().values()}
        rates = {names[index]: rate for index, rate in socket.rates().items()}
    with namespace.inside(name):
        paths = [*(Path("/proc/sys") / key for key in NODE_SETTINGS), *Path("/proc/sys/net/ipv6/conf").glob("*/disable_ipv6")]
        settings = {str(path): path.read_text(encoding="utf-8").strip() for path in sorted(paths)}
    return {"cards": _cards(box, ("ip", "-n", name, "-j", "-d", "address")), "rates": rates, "settings": settings}


def _cards(box: Box, argv: tuple[str, ...]) -> dict[str, object]:
    shown = subprocess.run(argv, capture_output=True, text=True, check=True, timeout=30).stdout
    shown = shown.replace(f'"{box.bridge}', '"cn').replace(f'"10.{192 + box.slot}.', '"10.m.')

    lights = {"UP", "LOWER_UP"}  # what follows from them the kernel tells a moment later

    def kept(card: dict[str, Any]) -> dict[str, object]:
        lasting = [(each["local"], each["prefixlen"]) for each in card["addr_info"] if each["scope"] == "global"]
        kind = card.get("linkinfo", {}).get("info_kind", "")
        return {"light": lights & {*card["flags"]}, "port of": card.get("master"), "kind": kind, "addresses": lasting}

    return {card["ifname"]: kept(card) for card in json.loads(shown)}
