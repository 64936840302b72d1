"""`make demo`: tell the story on the full city, measure it, and end with a page of figures.

    python -m demo [--lang en|zh] [--chapter NAME[,NAME…]] [--keep | --down]

The lab is begun anew unless `--keep` or chapters are asked for; it stays up afterwards, to be looked at.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from cli.complain import about
from cli.main import LOCALE
from demo import page
from demo.figures import Told
from demo.story import LAB, Chapter, chapters
from demo.teller import Teller
from ops import language
from ops.errors import CitynodeError
from ops.folders import state_dir
from ops.language import _


def main(arguments: Sequence[str] | None = None) -> int:
    """Tell the story; the exit code of what failed, or 0."""
    wanted = _options(arguments)
    language.use(wanted.lang, LOCALE)
    teller = Teller(wanted.lang)
    began = time.monotonic()
    try:
        story = _chosen(wanted.chapter)
        if not (wanted.keep or wanted.chapter):
            _begin_anew(teller)
        told = [_tell(teller, number, chapter) for number, chapter in enumerate(story, start=1)]
        _end(teller, told, time.monotonic() - began)
        if wanted.down:
            teller.ask("lab", "down", "--name", LAB)
    except CitynodeError as failed:
        return about(failed, debug=False)
    except KeyboardInterrupt:
        teller.line(_("stopped; the lab stays as it is: citynode lab down"))
        return 8
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m demo", description="Tell citynode's story on the lab and measure it.")
    parser.add_argument("--lang", choices=("en", "zh"), default=language.from_environment(os.environ))
    parser.add_argument("--chapter", default="", help="only these chapters, on the lab that stands (city, lab, network, …)")
    parser.add_argument("--keep", action="store_true", help="go on with the lab of an earlier demo")
    parser.add_argument("--down", action="store_true", help="take the lab down at the end")
    return parser.parse_args(arguments)


def _chosen(names: str) -> tuple[Chapter, ...]:
    from ops.suggest import unknown

    story = chapters()
    known = {chapter.name: chapter for chapter in story}
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    for name in wanted:
        if name not in known:
            raise unknown("chapter", name, known)
    return tuple(chapter for chapter in story if not wanted or chapter.name in wanted)


def _begin_anew(teller: Teller) -> None:
    """Engines are made beside the story; the lab of an earlier demo goes."""
    from engines import background
    from engines.catalogue import choose
    from lab.labs import known

    background.fetch([program.name for program in choose(())])
    if LAB in known(state_dir()):
        teller.line(_("the lab of an earlier demo goes first"))
        teller.ask("lab", "down", "--name", LAB)


def _tell(teller: Teller, number: int, chapter: Chapter) -> Told:
    teller.chapter(number, chapter.title, chapter.about)
    began = time.monotonic()
    figures = tuple(chapter.tell(teller))
    for figure in figures:
        kept = "" if not figure.is_promised else f"   ({figure.promise}: {_('yes') if figure.is_kept else _('NO')})"
        teller.say(f"{figure.name}: {figure.shown} {figure.unit}{kept}")
    return Told(chapter.title, chapter.about, tuple(teller.commands), figures, time.monotonic() - began)


def _end(teller: Teller, told: Sequence[Told], seconds: float) -> None:
    machine = f"{os.cpu_count()} × {platform.machine()}, Linux {platform.release()}, Python {platform.python_version()}"
    written, data = page.write(told, state_dir() / "demo", lang=teller.lang, now=datetime.now(UTC), machine=machine, seconds=seconds)
    teller.line("")
    sys.stdout.write(page.as_text(told))
    sys.stdout.flush()
    teller.line(_("\n{seconds:.0f} s in all; the page: {page}; as data: {data}").format(seconds=seconds, page=written, data=data))
    teller.line(_("the lab stays up: citynode lab status, citynode lab map; citynode lab down ends it"))


if __name__ == "__main__":
    sys.exit(main())
