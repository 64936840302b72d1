"""The fences' table in the kernel of this network namespace: replaced as a whole, and read back."""

from __future__ import annotations

from lab.fences.render import TABLE, digest_of
from ops.errors import CitynodeError
from ops.process import Command

SECONDS = 60.0


def put(table: str) -> None:
    """Let the kernel take the table; if it doesn't, the one before it stays in force."""
    Command(("nft", "-f", "-"), stdin=table, timeout=SECONDS).run()


def standing() -> str:
    """The digest of the table in force; empty if there is none."""
    try:
        return digest_of(Command(SHOW, timeout=SECONDS).run().stdout)
    except CitynodeError:
        return ""


SHOW = ("nft", "--terse", "list", "table", "inet", TABLE)
