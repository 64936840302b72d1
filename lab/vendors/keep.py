"""What a device has saved, on disk: it starts with that again."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from lab.record import write_atomic
from lab.vendors.box import VendorBox
from lab.vendors.store import View


def store(box: VendorBox, path: Path) -> None:
    """Write what the device has saved."""
    write_atomic(path, json.dumps({"name": box.name, "saved": asdict(box.saved)}))


def load(path: Path) -> VendorBox | None:
    """The device as it starts; None if it has never saved."""
    if not path.exists():
        return None
    kept = json.loads(path.read_text())
    saved = _view(kept["saved"])
    return VendorBox(kept["name"], running=saved.copied(), saved=saved)


def _view(kept: dict[str, Any]) -> View:
    return View(kept["header"], kept["suffix"], list(kept["lines"]), [_view(inner) for inner in kept["views"]])
