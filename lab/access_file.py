"""The access file that a lab writes: every part adds how to reach what it brought; and which lab is in use."""

from __future__ import annotations

import json
from pathlib import Path
from threading import Lock
from typing import Any

from lab.box import Box
from lab.part import AccessPatch
from lab.record import write_atomic
from ops import yaml

_lock = Lock()


def path_of(box: Box) -> Path:
    """Where the lab's access file is."""
    return box.folder / "access.yaml"


def merge(old: dict[str, Any], new: AccessPatch) -> dict[str, Any]:
    """`old` with `new` laid over it: mappings key by key, everything else replaced."""
    merged = dict(old)
    for key, value in new.items():
        before = merged.get(key)
        merged[key] = merge(before, value) if isinstance(before, dict) and isinstance(value, dict) else value
    return merged


def add(box: Box, patch: AccessPatch) -> None:
    """Lay a part's share over the lab's access file."""
    path = path_of(box)
    with _lock:
        old = yaml.load(path.read_text()) if path.exists() else {}
        new = merge(old or {}, {"city": box.record.facts.city, "lab": box.name, "scope": _scope(box), **patch})
        if new != old:
            write_atomic(path, yaml.dump(json.loads(json.dumps(new, default=str))))


def _scope(box: Box) -> str:
    """What keeps this lab's runs and records apart from those of an earlier lab of the same name."""
    return f"{box.name}-{box.record.facts.born}" if box.record.facts.born else box.name


def use(state: Path, box: Box) -> None:
    """Make the lab the one that commands mean."""
    values = {"city": box.record.facts.city, "access": str(path_of(box)), "lab": box.name}
    write_atomic(state / "current.toml", "".join(f"{key} = {json.dumps(value)}\n" for key, value in values.items()))


def forget(state: Path, name: str) -> None:
    """Let commands mean no lab any more, if they meant this one."""
    path = state / "current.toml"
    if path.exists() and f'lab = "{name}"' in path.read_text():
        path.unlink()
