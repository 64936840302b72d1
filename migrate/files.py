"""The system's files: carried by rsync over the shaped path, compared by a manifest of every file's hash.

A name is bytes, in whatever encoding a department wrote it: what is no UTF-8 is carried as it is, and shown escaped.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from migrate.limits import ANSWER
from ops.errors import CitynodeError
from ops.language import _

if TYPE_CHECKING:
    from ipaddress import IPv4Address

    from migrate.ssh import Host

MODULE = "files"
USER = "citynode"
OWNER = 10001
"""The user and group that a moved system runs as, and that its files belong to."""
PARTIAL = ".citynode-partial"
_GONE = (10, 12, 30, 35)
"""rsync's exit codes for a connection that broke or timed out."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """How many files there are, and a hash over the names and contents of all."""

    files: int
    hash: str
    lines: tuple[str, ...]

    def differing(self, other: Manifest) -> tuple[str, ...]:
        """Names of files that are not the same on both sides."""
        changed = set(self.lines) ^ set(other.lines)
        return tuple(sorted({line.split("  ", 1)[-1] for line in changed}))


def shown(name: str) -> str:
    """A file's name as everybody can read and write it down: bytes that are no UTF-8 as escapes."""
    return name.encode(errors="surrogateescape").decode(errors="backslashreplace")


def daemon_config(folder: str, secrets_file: str) -> str:
    """rsyncd.conf of the one module that the mover leads to: the owner's files stay as they are."""
    return (
        "use chroot = no\nuid = root\ngid = root\nlog file = /dev/null\nreverse lookup = no\nforward lookup = no\n"
        f"[{MODULE}]\npath = {folder}\nread only = no\nauth users = {USER}\nsecrets file = {secrets_file}\nstrict modes = yes\n"
    )


def pull(node: Host, source: IPv4Address, port: int, target: str, password_file: str, *, seconds: float) -> bool:
    """The department's files into the volume; False when the link broke on the way (what came stays and is gone on with)."""
    node.ask("own", target, OWNER)
    argv = ["rsync", "-rltD", "--delete", f"--chown={OWNER}:{OWNER}", f"--partial-dir={PARTIAL}", "--timeout=15", "--contimeout=5"]
    return _sync(node, [*argv, f"--password-file={password_file}", f"rsync://{USER}@{source}:{port}/{MODULE}/", f"{target}/"], seconds)


def push(node: Host, source: IPv4Address, port: int, target: str, password_file: str, *, seconds: float) -> bool:
    """What the volume holds back into the department's folder, for the way back."""
    argv = [
        "rsync",
        "-rltD",
        "--delete",
        "--no-owner",
        "--no-group",
        "--no-perms",
        f"--partial-dir={PARTIAL}",
        "--timeout=15",
        "--contimeout=5",
    ]
    return _sync(node, [*argv, f"--password-file={password_file}", f"{target}/", f"rsync://{USER}@{source}:{port}/{MODULE}/"], seconds)


def note_owners(host: Host, folder: str, book: str) -> None:
    """Whose the department's files are is written down on its host, before the first comes back: rsync there writes as root."""
    host.ask("note_owners", folder, book, timeout=ANSWER)


def restore_owners(host: Host, folder: str, book: str) -> None:
    """The department's files belong to whom they belonged to, and new ones to the owner of the folder that they are in."""
    host.ask("restore_owners", folder, book, timeout=ANSWER)


def manifest(host: Host, folder: str, *, seconds: float = ANSWER) -> Manifest:
    """Every file below the folder with the hash of its content, and every link with its goal."""
    lines = tuple(str(line) for line in host.ask("manifest", folder, PARTIAL, timeout=seconds))
    return Manifest(len(lines), hashlib.sha256("\n".join(lines).encode(errors="surrogateescape")).hexdigest()[:32], lines)


def remove(host: Host, folder: str) -> None:
    """Nothing is left of the volume's folder."""
    if len(folder.strip("/").split("/")) < 2:
        raise CitynodeError(_("'{folder}' is no folder of a volume").format(folder=folder))
    host.ask("remove", folder)


def _sync(node: Host, argv: list[str], seconds: float) -> bool:
    ran = node.run(argv, allowed=None, timeout=seconds)
    if ran.code in (0, 24):
        return True
    if ran.code in _GONE:
        return False
    why = " / ".join(ran.stderr.strip().splitlines()[-2:])
    raise CitynodeError(_("the files could not be carried to {site}").format(site=node.site), why=f"rsync {ran.code}: {why}"[:300])
