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

from city.model import Link
from lab import namespace
from lab.box import Box
from lab.labs import open_lab
from lab.wires import ends, lan
from lab.wires.netlink import Netlink
from lab.wires.part import NODE_SETTINGS, Wires
from ops.progress import Silent
from tests import warm
from tests.lab.killing import forked
from tests.lab.rig import Rig, own_rig
from tests.program import MODULES, ROOT

STEPS = (
    (namespace, "create"), (ends, "write_settings"), (lan, "write_settings"),
    *((Netlink, name) for name in ("add_pair", "add_bridge", "add_macvlan", "hold_silent", "set_up", "add_address", "shape")),
)  # fmt: skip
"""What changes a frame."""


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Rig]:
    rig = own_rig(tmp_path, "frame")
    yield rig
    rig.run("lab", "down", "--name", rig.name)


def test_killed_after_every_kind_of_step_the_frame_is_as_one_made_in_one_go(own: Rig, tmp_path: Path) -> None:
    used = tmp_path / "used"
    used.touch()
    up = ("lab", "up", "--city", "tiny", "--name", own.name, "--only", "wires", "-q")
    own.ok(*up)
    end(own.box())
    box = small(own.state, own.name)
    Wires().up(box, Silent())
    wanted = frame(box)
    end(box)
    code, _said, told = warm.run(kill_at_every_place, (str(own.state), own.name, str(used)), ROOT, os.environ, 120, MODULES)
    assert code == 0, told
    places = used.read_text(encoding="utf-8").splitlines()
    assert {"ends.py", "lan.py", "part.py"} == {place.partition(":")[0] for place in places}
    assert len(places) == len(set(places)) > 15
    found = frame(box)
    assert {where: held for where, held in found.items() if held != wanted[where]} == {}


class Small(Box):
    """Three nodes of the lab, with all that a frame can have."""

    @property
    def nodes(self) -> tuple[str, ...]:
        return "haifeng-agg1", "haifeng-agg2", "room-human-resources"

    @property
    def links(self) -> tuple[Link, ...]:
        return tuple(link for link in super().links if {link.a.node, link.b.node} <= {*self.nodes})


def small(state: Path, name: str) -> Small:
    box = open_lab(state, name)
    return Small(folder=box.folder, city=box.city, spec=box.spec, record=box.record)


def end(box: Box) -> None:
    """Take the frame away, as when the machine starts anew."""
    for name in (*box.nodes, *(segment.name for segment in lan.segments(box.city))):
        namespace.delete(box.netns(name))
    with Netlink(None) as machine:
        machine.remove(box.bridge)


def kill_at_every_place(state: str, name: str, used: str) -> int:
    """In a process of its own: make the frame again and again, killed behind the first step behind which none was killed before."""
    box = small(Path(state), name)
    for owner, step in STEPS:
        setattr(owner, step, _deadly(getattr(owner, step), Path(used)))
    while True:
        _pid, status = os.waitpid(forked(lambda: Wires().up(box, Silent())), 0)
        if not os.WIFSIGNALED(status):
            return status


def _deadly(step: Callable[..., object], used: Path) -> Callable[..., object]:
    def work(*given: object, **named: object) -> object:
        done = step(*given, **named)
        caller = sys._getframe(1)
        place = f"{Path(caller.f_code.co_filename).name}:{caller.f_lineno}"
        if place not in used.read_text(encoding="utf-8").splitlines():
            with used.open("a", encoding="utf-8") as file:
                file.write(f"{place}\n")
            os.kill(os.getpid(), signal.SIGKILL)
        return done

    return work


def frame(box: Box) -> dict[str, object]:
    """What the kernel has of the frame."""
    inside = [*box.nodes, *(segment.name for segment in lan.segments(box.city))]
    return {
        "machine": _cards(("ip", "-j", "-d", "address", "show", "master", box.bridge)),
        "bridge": _cards(("ip", "-j", "-d", "address", "show", "dev", box.bridge)),
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
    return {"cards": _cards(("ip", "-n", name, "-j", "-d", "address")), "rates": rates, "settings": settings}


def _cards(argv: tuple[str, ...]) -> dict[str, object]:
    shown = subprocess.run(argv, capture_output=True, text=True, check=True, timeout=30).stdout
    lights = {"UP", "LOWER_UP"}  # what follows from them the kernel tells a moment later

    def kept(card: dict[str, Any]) -> dict[str, object]:
        lasting = [(each["local"], each["prefixlen"]) for each in card["addr_info"] if each["scope"] == "global"]
        kind = card.get("linkinfo", {}).get("info_kind", "")
        return {"light": lights & {*card["flags"]}, "port of": card.get("master"), "kind": kind, "addresses": lasting}

    return {card["ifname"]: kept(card) for card in json.loads(shown)}
