"""What goes into an image: Debian packages and files of ours. A recipe's digest is its image's name in the cache."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from lab.clusters.images.names import APP, PAUSE

USER: Final = "10001:10001"
"""Whom images run as: nobody that exists on the node."""
FORMAT: Final = 4
"""Raise it when the way images are written changes."""

REFERENCE_APP: Final = Path(__file__).parents[2] / "hosts" / "refapp" / "app.py"
BUSYBOX: Final = Path("/bin/busybox")


@dataclass(frozen=True, slots=True)
class FileIn:
    """A file put into an image; `link` makes it a symbolic link to that path instead."""

    path: str
    source: Path | None = None
    link: str = ""
    mode: int = 0o644

    @property
    def content(self) -> bytes:
        return self.source.read_bytes() if self.source else b""


@dataclass(frozen=True, slots=True)
class Recipe:
    """An image to be made."""

    name: str
    argv: tuple[str, ...]
    packages: tuple[str, ...] = ()
    files: tuple[FileIn, ...] = ()
    env: tuple[str, ...] = ()
    port: int = 0
    user: str = USER

    @property
    def digest(self) -> str:
        """Changes with everything that the image is made of, but for Debian's own updates."""
        files = [(each.path, each.link, each.mode, hashlib.sha256(each.content).hexdigest()) for each in self.files]
        facts = {**asdict(self), "files": files, "format": FORMAT}
        return hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode()).hexdigest()[:16]


def recipes() -> tuple[Recipe, ...]:
    """The images of the lab: the pods' sandbox, and the reference application that stands in for departments' systems."""
    return (
        Recipe(PAUSE, ("/bin/sleep", "infinity"), files=(FileIn("bin/busybox", BUSYBOX, mode=0o755), FileIn("bin/sleep", link="busybox"))),
        Recipe(
            APP,
            ("/usr/bin/python3", "/opt/app/app.py"),
            packages=("python3", "python3-psycopg", "libc-bin"),
            files=(FileIn("opt/app/app.py", REFERENCE_APP),),
            env=("PYTHONUNBUFFERED=1", "PYTHONDONTWRITEBYTECODE=1"),
            port=8080,
        ),
    )
