"""Passwords of the lab's databases: made once a lab, kept in `secrets/` readable by root only, named by reference."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from lab.quorum.patroni import Passwords

if TYPE_CHECKING:
    from lab.box import Box

SUPERUSER_FILE = "postgres-superuser"
REPLICATION_FILE = "postgres-replication"
REST_FILE = "patroni-rest"


def passwords(folder: Path) -> Passwords:
    """The lab's passwords; made at the first call."""
    return Passwords(
        superuser=_secret(folder / SUPERUSER_FILE), replication=_secret(folder / REPLICATION_FILE), rest=_secret(folder / REST_FILE),
    )


def secrets_folder(box: Box) -> Path:
    return box.folder / "secrets"


def reference(box: Box, name: str) -> str:
    """How the access file names a secret."""
    return f"file:{secrets_folder(box) / name}"


def _secret(path: Path) -> str:
    """Written whole or not at all, so that a crash never leaves an empty password behind."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = path.with_suffix(f".{os.getpid()}")
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(24) + "\n")
        fresh.replace(path)
    return path.read_text().strip()
