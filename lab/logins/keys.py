"""The lab's SSH keys: a host key for every node, a key for operators and one for measurements.

Clients check host keys strictly, so every node's key is known before its first login. Keys are the lab's own and end
with it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from lab.box import Box
from lab.record import write_atomic

OPERATOR = "operator"
PROBE = "probe"


def known_hosts(box: Box) -> Path:
    """The file with the host keys of all nodes."""
    return box.folder / "ssh" / "known_hosts"


def client_key(box: Box, name: str) -> Path:
    """The private key of an account; its public key lies beside it."""
    return box.folder / "ssh" / name


def host_key(box: Box, node: str) -> Path:
    """The node's private host key."""
    return box.folder / "ssh" / "hosts" / node


def make_keys(box: Box) -> None:
    """Every key that isn't there yet, and the file of known hosts, complete."""
    for name in (OPERATOR, PROBE):
        _make(client_key(box, name), f"{name}@{box.name}")
    lines = []
    for node in box.nodes:
        public = _make(host_key(box, node), node)
        lines.append(f"{box.management_address(node)} {' '.join(public.split()[:2])}\n")
    _keep(known_hosts(box), lines)


def _keep(path: Path, lines: Iterable[str]) -> None:
    """Add the lines that the file hasn't: other parts note hosts of their own there."""
    known = path.read_text().splitlines(keepends=True) if path.exists() else []
    merged = list(dict.fromkeys([*known, *lines]))
    if merged != known:
        write_atomic(path, "".join(merged))


def _make(path: Path, comment: str) -> str:
    public = path.with_name(f"{path.name}.pub")
    if not public.exists():
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        key = Ed25519PrivateKey.generate()
        private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()).decode()
        text = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH).decode()
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        for target, content in ((path, private), (public, f"{text} {comment}\n")):  # the public one last: it says that both are there
            descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(content)
    return public.read_text()
