"""What a node of a private network keeps over a power cut: its own /etc/network and /etc/nftables.*, as Debian lays them out.

All nodes of a lab share one file system. Programs of a node (its SSH server above all) get a mount namespace in which these are
the node's; the rest of /etc is the machine's and can't be written there, but for FRR's folder, which has a place for every node
already. What lies in the node's files takes effect when it starts (`boot`), and not before.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from lab.errors import LabFailed
from lab.namespace import RELEASE
from lab.private import boot
from lab.private.box import PrivateBox
from lab.private.layout import Member
from lab.record import write_atomic

_SCRIPT = (
    f"{RELEASE}; "
    'set -e; cd "$0"; mount --bind /etc/frr frr; mount -t overlay -o lowerdir=.:/etc overlay /etc; '
    "for own in network nftables.d nftables.conf frr; do mount --bind $own /etc/$own; done; "
    'cd /; exec "$@"'
)
_LOOPBACK = "auto lo\niface lo inet loopback\n"
_SOURCE = "source /etc/network/interfaces.d/*\n"
_RULES = '#!/usr/sbin/nft -f\n\nflush ruleset\n\ninclude "/etc/nftables.d/*.nft"\n'


def own_etc(box: PrivateBox, node: str, argv: Sequence[str]) -> list[str]:
    """Argv that runs a program where these files are the node's own."""
    return ["unshare", "--mount", "sh", "-c", _SCRIPT, str(_furnished(box, node)), *argv]


def start(box: PrivateBox, node: str) -> None:
    """Give the node what its files say, as a start of the machine does; LabFailed tells which file can't be carried out."""
    argv = own_etc(box, node, [sys.executable, str(Path(boot.__file__))])
    box.run(node, argv, allowed=(0,), timeout=60, error=LabFailed, hint=f"see {box.dir(node, 'etc')}")


def interfaces(member: Member | None, card: str) -> str:
    """A host's /etc/network/interfaces as its department wrote it; a router's addresses are its routing daemon's."""
    if member is None:
        return _LOOPBACK + "\n" + _SOURCE
    blocks = [f"auto {card}\niface {card} inet static\n    address {member.ipv4}\n    gateway {member.gateway4}\n"]
    if member.ipv6 is not None:
        blocks.append(f"iface {card} inet6 static\n    address {member.ipv6}\n    gateway {member.gateway6}\n    dad-attempts 0\n")
    return "\n".join([_LOOPBACK, *blocks, _SOURCE])


def _furnished(box: PrivateBox, node: str) -> Path:
    """The node's folder, with what a new machine has in it."""
    folder = box.dir(node, "etc")
    for name in ("network/interfaces.d", "nftables.d", "frr"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    member = next((each for each in box.layout.members if each.name == node), None)
    card = next((line.b.interface for line in box.layout.lines if line.b.node == node), "")
    for name, text in (("network/interfaces", interfaces(member, card)), ("nftables.conf", _RULES)):
        if not (folder / name).exists():
            write_atomic(folder / name, text, 0o644)
    return folder
