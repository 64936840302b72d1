"""How `lab up` shows itself: on a terminal the city fills in level by level, elsewhere a line a step."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ops.language import _

if TYPE_CHECKING:
    from rich.console import Group
    from rich.text import Text

    from lab.box import Box
    from ops.progress import Progress

LOOKS_PER_SECOND = 4


@contextmanager
def drawing(progress: Progress, *, color: str, lang: str) -> Iterator[tuple[Progress, Callable[[Box], None]]]:
    """The observer for `lab up`, and what to tell of the box; where nobody looks at a terminal, the observer as it was."""
    from cli.talk import Live

    if not isinstance(progress, Live):
        yield progress, lambda _box: None
        return
    canvas = Canvas(progress, color=color, lang=lang)
    try:
        yield canvas, canvas.watch
    finally:
        canvas.close()


class Canvas:
    """An observer that draws the lab's map above the step under way; until there is a box, the usual live line."""

    def __init__(self, talker: Progress, *, color: str, lang: str) -> None:
        self._talker = talker
        self._color = color
        self._lang = lang
        self._box: Box | None = None
        self._step = ""
        self._began = time.monotonic()

    def watch(self, box: Box) -> None:
        """Begin to draw this box."""
        import sys

        from rich.console import Console
        from rich.live import Live

        from cli.render import is_colored
        from cli.talk import pause

        with pause(self._talker):
            self._box = box
        self._console = Console(stderr=True, no_color=not is_colored(self._color, sys.stderr), highlight=False)
        self._live = Live(get_renderable=self._picture, console=self._console, refresh_per_second=LOOKS_PER_SECOND)
        self._live.start()

    def stage(self, text: str) -> None:
        """A stage is the talker's until the drawing stands."""
        if self._box is None:
            self._talker.stage(text)
        self._step = text

    def step(self, text: str, *, done: int = 0, total: int = 0) -> None:
        """Show it below the map."""
        if self._box is None:
            self._talker.step(text, done=done, total=total)
        self._step = f"{text} ({done}/{total})" if total else text

    def note(self, text: str) -> None:
        """Tell it above the map, where it stays."""
        if self._box is None:
            self._talker.note(text)
        else:
            self._console.print(f"• {text}", markup=False)

    def close(self) -> None:
        """Leave the map as it is now, and the terminal to whoever speaks next."""
        if self._box is not None:
            self._step = ""
            self._live.stop()
            self._box = None

    def _picture(self) -> Group:
        from rich.console import Group
        from rich.text import Text

        from lab.drawing.city_map import rising
        from lab.drawing.text import map_lines

        if self._box is None:
            return Group()
        lines = [_painted(line) for line in map_lines(rising(self._box, lang=self._lang))]
        seconds = _("{seconds:.0f} s").format(seconds=time.monotonic() - self._began)
        return Group(*lines, Text(f"{seconds}  {self._step}", no_wrap=True, overflow="ellipsis"))


def _painted(line: str) -> Text:
    """The line with its signs in colour, which only repeats what the signs say."""
    from rich.text import Text

    text = Text(line, no_wrap=True, overflow="ellipsis")
    for sign, style in (("●", "green"), ("◐", "yellow"), ("✕", "red"), ("○", "dim")):
        text.highlight_words([sign], style)
    return text
