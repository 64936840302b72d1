"""What exists of a lab, on disk, written before each effect.

A crash between the note and the effect leaves a note too many, never a thing that nobody knows of: `down` and the next
`up` treat what is noted and isn't there as already gone. One process at a time changes a record (`lab.lock`).
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from threading import RLock

from pydantic import BaseModel, ConfigDict, ValidationError

from lab.fault import Fault
from ops.errors import CitynodeError
from ops.language import _


class RecordModel(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Facts(RecordModel):
    """The lab as noted."""

    name: str
    city: str
    slot: int
    boot: str
    born: str = ""
    """When it was begun, to the second: another lab of the same name is another lab."""
    parts: dict[str, str] = {}
    """Part name -> "begun" or "up"."""
    outside: tuple[str, ...] = ()
    """Folders and files beyond the lab's own folder that go away with it."""
    faults: tuple[Fault, ...] = ()


class Record:
    """The record file; every change is on disk before the method returns."""

    def __init__(self, path: Path, facts: Facts) -> None:
        self.path = path
        self._facts = facts
        self._lock = RLock()

    @classmethod
    def load(cls, path: Path) -> Record | None:
        """The record at the path; None if there is none or it can't be read (it never was complete)."""
        try:
            return cls(path, Facts.model_validate_json(path.read_bytes()))
        except (OSError, ValidationError):
            return None

    @property
    def facts(self) -> Facts:
        return self._facts

    def change(self, **changes: object) -> None:
        """Replace some of the facts."""
        with self._lock:
            self._facts = Facts.model_validate({**self._facts.model_dump(), **changes})
            self.write()

    def begin_part(self, name: str) -> None:
        """Note that a part is about to come up."""
        with self._lock:
            if self._facts.parts.get(name) != "up":
                self.change(parts={**self._facts.parts, name: "begun"})

    def finish_part(self, name: str) -> None:
        """Note that a part came up."""
        with self._lock:
            self.change(parts={**self._facts.parts, name: "up"})

    def claim(self, *paths: Path) -> None:
        """Note folders or files beyond the lab's own that are about to be made."""
        with self._lock:
            new = tuple(dict.fromkeys((*self._facts.outside, *(str(path) for path in paths))))
            if new != self._facts.outside:
                self.change(outside=new)

    def write(self) -> None:
        """Replace the file at once: readers see the old facts or the new ones."""
        with self._lock:
            write_atomic(self.path, self._facts.model_dump_json(indent=1))


def write_atomic(path: Path, text: str, mode: int = 0o600) -> None:
    """Write a file so that a crash leaves the old content or the new, never half."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except OSError as full:
        with suppress(OSError):
            fresh.unlink()
        raise CitynodeError(
            _("could not write {path}").format(path=path),
            why=full.strerror or str(full),
            hint=_("free some space, then run the same command again"),
        ) from full
