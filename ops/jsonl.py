"""Files of JSON lines that only grow: whoever is killed or meets a full disk leaves whole lines behind, and one torn one at most."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from ops.plan import JsonObject


def append(path: Path, row: JsonObject) -> None:
    """Write one line more and sync it; raises OSError. A torn line before it is ended first, else it would tear this one too."""
    text = json.dumps(row, ensure_ascii=False) + "\n"
    with path.open("ab") as file:
        file.write(("" if _ends_whole(path) else "\n").encode() + text.encode())
        file.flush()
        os.fsync(file.fileno())


def read(path: Path) -> Iterator[JsonObject]:
    """The file's rows; one that isn't there has none."""
    return rows(path.read_text(encoding="utf-8", errors="replace") if path.exists() else "")


def rows(text: str) -> Iterator[JsonObject]:
    """What whole lines say, oldest first; torn ones are left out."""
    for line in text.split("\n"):
        with suppress(ValueError):
            if isinstance(row := json.loads(line), dict):
                yield row


def _ends_whole(path: Path) -> bool:
    """Whether the last line has its end."""
    if path.stat().st_size == 0:
        return True
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"
