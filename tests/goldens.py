"""Expected results in files beside the tests. `make goldens` writes them anew; the difference is reviewed like code."""

from __future__ import annotations

import os
from pathlib import Path


def agrees(file: Path, text: str) -> None:
    """The text is what the file says."""
    if os.environ.get("CITYNODE_GOLDENS") == "write":
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")
