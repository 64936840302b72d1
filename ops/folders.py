"""Where citynode keeps things: state that must live, and a cache that may be deleted at any time."""

from __future__ import annotations

import os
from pathlib import Path


def state_dir() -> Path:
    """`CITYNODE_STATE`, else the user's state folder (XDG Base Directory specification)."""
    chosen = os.environ.get("CITYNODE_STATE")
    base = Path(chosen) if chosen else Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "citynode"
    base.mkdir(parents=True, exist_ok=True, mode=0o700)
    return base


def cache_dir() -> Path:
    """`CITYNODE_CACHE`, else the user's cache folder: engines by version, images, packages."""
    chosen = os.environ.get("CITYNODE_CACHE")
    base = Path(chosen) if chosen else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "citynode"
    base.mkdir(parents=True, exist_ok=True)
    return base
