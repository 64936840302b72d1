"""What can go wrong with an engine.

    CitynodeError
    └── EngineFailed        it can't be found, fetched or built
        ├── NoGo            building needs Go, and there is none (or one too old)
        ├── BuildFailed     `go build` ended with an error
        └── NoSpace         the disk is full

A retry goes on where it stopped: what was downloaded and compiled is kept.
"""

from __future__ import annotations

from ops.errors import CitynodeError


class EngineFailed(CitynodeError):
    """An engine is not to be had from any source."""


class NoGo(EngineFailed):
    """Go is missing or too old to build the engine."""


class BuildFailed(EngineFailed):
    """The compiler or the module download failed."""


class NoSpace(EngineFailed):
    """The cache's disk is full."""
