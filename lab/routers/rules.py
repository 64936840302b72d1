"""A router's rules in the kernel at its start: what was last saved on it (`guard keep`), as a router would; none if nothing was."""

from __future__ import annotations

from lab.box import Box
from lab.errors import LabFailed
from lab.frr import daemons
from network.dialect.frr.nftables import TABLE

SAVED = "citynode.nft"


def restore(box: Box, node: str) -> None:
    """Put the saved table in place of the one that the namespace has from before it lost its power."""
    path = daemons.folders(box, node)[0] / SAVED
    saved = path.read_text(encoding="utf-8") if path.exists() else ""
    box.run(node, ("nft", "-f", "-"), stdin=f"add {TABLE}\ndelete {TABLE}\n{saved}", timeout=30, error=LabFailed)
