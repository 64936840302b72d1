"""The engines' cache: a folder per engine and version, filled program by program, each put in place by one rename.

What stands in the folder is whole: a program is made elsewhere on the same disk and renamed. One process at a time makes an
engine (a file lock that ends with its holder); others see in a note beside it how far it is.
"""

from __future__ import annotations

import errno
import fcntl
import itertools
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

from engines.catalogue import Engine
from engines.errors import NoSpace
from ops.folders import cache_dir
from ops.language import _
from ops.progress import Progress


@dataclass(frozen=True, slots=True)
class Making:
    """Who is making an engine right now, since when, and how far it is."""

    pid: int
    began: float
    doing: str


class Store:
    """The cached programs of one engine and version."""

    def __init__(self, engine: Engine, base: Path | None = None) -> None:
        self.engine = engine
        self.base = base or cache_dir() / "engines"
        self.folder = self.base / engine.folder_name
        self._lock = self.base / f".{engine.folder_name}.lock"
        self._note = self.base / f".{engine.folder_name}.making"

    def get(self, program: str) -> Path | None:
        """The cached program."""
        path = self.folder / program
        return path if os.access(path, os.X_OK) and path.is_file() else None

    def put(self, program: str, made: Path) -> Path:
        """Move a finished program into its place at once."""
        self.folder.mkdir(parents=True, exist_ok=True)
        made.chmod(0o755)
        target = self.folder / program
        made.replace(target)
        return target

    @contextmanager
    def workplace(self) -> Iterator[Path]:
        """An empty folder on the cache's disk that goes away at the end; a full disk is told as such."""
        self.base.mkdir(parents=True, exist_ok=True)
        folder = Path(mkdtemp(prefix=f".{self.engine.folder_name}.", dir=self.base))
        try:
            yield folder
        except OSError as failed:
            if failed.errno != errno.ENOSPC:
                raise
            raise no_space(self.base) from failed
        finally:
            rmtree(folder, ignore_errors=True)

    @contextmanager
    def alone(self, progress: Progress) -> Iterator[None]:
        """Hold the engine for making it; wait, and say so, while somebody else makes it."""
        self.base.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            for look in itertools.count():
                if _locked(descriptor):
                    break
                if look % 20 == 0:  # ten seconds: whoever reads a log isn't told of the same wait a thousand times
                    progress.step(self._wait_in_words())
                time.sleep(0.5)
            try:
                self._sweep()
                yield
            finally:
                self._note.unlink(missing_ok=True)  # ours: who stops waiting leaves the other's note alone
        finally:
            os.close(descriptor)

    def _wait_in_words(self) -> str:
        made = self.making()
        if made:
            return _("{name}: another citynode is at it ({doing})").format(name=self.engine.name, doing=made.doing)
        return _("{name}: waiting").format(name=self.engine.name)

    def tell(self, doing: str, began: float) -> None:
        """Leave the note that others read; never fails."""
        with suppress(OSError):
            fresh = self._note.with_suffix(f".{os.getpid()}")
            fresh.write_text(json.dumps(asdict(Making(os.getpid(), began, doing))))
            fresh.replace(self._note)

    def making(self) -> Making | None:
        """Who makes this engine now; None if nobody does (a note left by a killed process doesn't count)."""
        try:
            made = Making(**json.loads(self._note.read_text()))
            os.kill(made.pid, 0)
        except (OSError, ValueError, TypeError):
            return None
        return made

    def _sweep(self) -> None:
        """Take away workplaces that a killed process left; the lock says that nobody uses them."""
        for left in self.base.glob(f".{self.engine.folder_name}.????????"):
            if left.is_dir():
                rmtree(left, ignore_errors=True)


def no_space(where: Path) -> NoSpace:
    """The error of a full disk."""
    return NoSpace(
        _("the disk of {where} is full").format(where=where),
        why=_("an engine and what it is built from need up to 6 GB"),
        hint=_("free some space (`go clean -cache` gives back Go's share), or set CITYNODE_CACHE and GOCACHE to another disk"),
    )


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
