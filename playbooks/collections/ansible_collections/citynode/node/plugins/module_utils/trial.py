# Copyright: the citynode maintainers
"""A change of a host on trial: it takes itself back unless somebody keeps it in time. On the standard library alone: it runs on the host.

What it takes to go back is written down first, as a shell script, and a process of its own waits to run it: it outlives the session, the
play and the one who began it. Keeping and taking back both begin by renaming the trial's folder, so that only one of them happens.
"""

from __future__ import annotations

import json
import os
import secrets
import shlex
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

OPEN, KEPT, UNDONE = "trial", "kept", "undone"
_WAIT = 'sleep "$1"; exec sh "$0"'


class Trials:
    """The trials of a host, below one folder: at most one is open."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def open(self) -> str:
        """The id of the open trial, or nothing."""
        found = sorted(self.folder.glob(f"*.{OPEN}")) if self.folder.is_dir() else []
        return found[0].stem if found else ""

    def is_open(self, trial: str) -> bool:
        return self._path(trial, OPEN).is_dir()

    def was_undone(self, trial: str) -> bool:
        return self._path(trial, UNDONE).is_dir()

    def arm(self, seconds: int, paths: Iterable[Path], undo: Iterable[str], notes: Mapping[str, object]) -> str:
        """Begin a trial: these files are as now when it is taken back, and then these shell lines are run."""
        for old in (*self.folder.glob(f"*.{KEPT}"), *self.folder.glob(f"*.{UNDONE}")):
            shutil.rmtree(old)
        trial = secrets.token_hex(4)
        here, draft = self._path(trial, OPEN), self._path(trial, "new")
        draft.mkdir(parents=True, mode=0o700)
        lines = [line for number, path in enumerate(paths) for line in _restore(draft, number, path)]
        gone = shlex.quote(str(self._path(trial, UNDONE)))
        script = [
            "PATH=$PATH:/usr/sbin:/sbin",
            f"mv {shlex.quote(str(here))} {gone} 2>/dev/null || exit 0",
            f"cd {gone} || exit 1",
            *lines,
            *undo,
        ]
        (draft / "undo.sh").write_text("\n".join(script) + "\n", encoding="utf-8")
        (draft / "notes.json").write_text(json.dumps(notes), encoding="utf-8")
        for path in (*draft.iterdir(), draft):
            _settle(path)
        draft.rename(here)
        _settle(self.folder)
        subprocess.run(
            ["sh", "-c", f"( {_WAIT} ) </dev/null >/dev/null 2>&1 &", str(here / "undo.sh"), str(seconds)],
            start_new_session=True, cwd="/", check=True,
        )  # fmt: skip
        return trial

    def take_back(self, trial: str) -> None:
        """Take it back now; nothing happens where it was kept or taken back already."""
        subprocess.run(["sh", str(self._path(trial, OPEN) / "undo.sh")], capture_output=True, check=False)

    def keep(self, trial: str) -> dict[str, object] | None:
        """Keep it, and what was noted when it began; None where it was taken back."""
        kept = self._path(trial, KEPT)
        try:
            self._path(trial, OPEN).rename(kept)
        except OSError:
            return None
        found: dict[str, object] = json.loads((kept / "notes.json").read_text(encoding="utf-8"))
        return found

    def _path(self, trial: str, state: str) -> Path:
        return self.folder / f"{trial}.{state}"


def _restore(draft: Path, number: int, path: Path) -> list[str]:
    """Shell lines that make the file what it is now."""
    place = shlex.quote(str(path))
    if not path.exists():
        return [f"rm -f {place}"]
    shutil.copy2(path, draft / f"old-{number}")
    return [f"cp -p old-{number} {place}.old && mv -f {place}.old {place}"]


def _settle(path: Path) -> None:
    """Return when the file or folder is on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
