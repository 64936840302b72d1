"""Talk on stderr: progress for people, a live bar on a terminal, a line a step in a log, nothing when quiet."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from cli.render import is_colored
from ops.progress import Progress, Silent


def talker(*, quiet: bool, color: str = "auto") -> Progress:
    """The observer that suits where stderr goes."""
    if quiet:
        return Silent()
    if sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
        return Live(colored=is_colored(color, sys.stderr))
    return Lines()


class Lines:
    """One line for each stage and step; steps that count are told at most every ten per cent and once a second."""

    def __init__(self) -> None:
        self._told = 0.0
        self._share = -1

    def stage(self, text: str) -> None:
        self._share = -1
        self._write(f"== {text}")

    def step(self, text: str, *, done: int = 0, total: int = 0) -> None:
        if total:
            share = 10 * done // total
            if done < total and (share == self._share or time.monotonic() - self._told < 1):
                return
            self._share = share
            text = f"{text} ({done}/{total})"
        self._write(f"   {text}")

    def note(self, text: str) -> None:
        self._write(f"-- {text}")

    def _write(self, text: str) -> None:
        self._told = time.monotonic()
        try:
            sys.stderr.write(text + "\n")
            sys.stderr.flush()
        except (OSError, ValueError):
            return  # whoever listened has gone; the work goes on


class Live:
    """A spinner, a bar and the elapsed time of the stage under way; finished stages stay as lines."""

    def __init__(self, *, colored: bool) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Bars

        self._console = Console(stderr=True, no_color=not colored, highlight=False)
        self._bars = Bars(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=self._console,
            transient=True,
        )
        self._task = self._bars.add_task("", visible=False, total=None)
        self._stage = ""
        self._began = 0.0
        _live.append(self)

    def stage(self, text: str) -> None:
        self._finish()
        self._stage, self._began = text, time.monotonic()
        self._bars.start()
        self._bars.remove_task(self._task)
        self._task = self._bars.add_task(text, total=None)

    def step(self, text: str, *, done: int = 0, total: int = 0) -> None:
        self._bars.start()
        self._bars.update(
            self._task, description=f"{self._stage}: {text}" if self._stage else text, completed=done, total=total or None, visible=True
        )

    def note(self, text: str) -> None:
        self._console.print(f"• {text}", markup=False)

    def pause(self, *, broken: bool = False) -> None:
        """Leave the terminal to somebody else; the next stage or step comes back."""
        self._finish("✗" if broken else "✓")
        self._bars.stop()

    def _finish(self, mark: str = "✓") -> None:
        if self._stage:
            self._bars.update(self._task, visible=False)
            self._console.print(f"{mark} {self._stage} ({time.monotonic() - self._began:.1f} s)", markup=False)
            self._stage = ""


_live: list[Live] = []


def hush(*, broken: bool) -> None:
    """End every live line, so that the terminal has its cursor back and an error message stands alone."""
    while _live:
        _live.pop().pause(broken=broken)


@contextmanager
def pause(progress: object) -> Iterator[None]:
    """No live line on the terminal while something else is written there."""
    if isinstance(progress, Live):
        progress.pause()
    yield
