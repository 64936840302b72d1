"""VRP 5: lines take effect at once. An AR prints its version in brackets, which looks like a prompt (scrapli's definition knows it)."""

from __future__ import annotations

from lab.vendors.shell import Shell


class Vrp5Shell(Shell):
    """One session."""

    entering = ("Enter system view, return user view with Ctrl+Z.",)
    head = ("[V200R009C00SPC500]",)
