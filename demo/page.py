"""The demo's last page: every measured figure, as lines for the terminal and as a page for the browser."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from cli.render import Table, to_json, to_text
from demo.figures import Told
from ops.language import _


def as_table(told: Sequence[Told]) -> Table:
    """The figures as rows: chapter, figure, value, promise, kept."""
    rows = [
        (
            chapter.title,
            figure.name,
            f"{figure.shown} {figure.unit}".strip(),
            figure.promise,
            (_("yes") if figure.is_kept else _("NO")) if figure.is_promised else "",
        )
        for chapter in told
        for figure in chapter.figures
    ]
    return Table((_("chapter"), _("figure"), _("measured"), _("promised"), _("kept")), rows, title=_("What was measured"))


def write(told: Sequence[Told], folder: Path, *, lang: str, now: datetime, machine: str, seconds: float) -> tuple[Path, Path]:
    """`demo.html` and `demo.json` in the folder."""
    from jinja2 import Environment, FileSystemLoader, select_autoescape

    folder.mkdir(parents=True, exist_ok=True)
    pages = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=select_autoescape())
    page, data = folder / "demo.html", folder / "demo.json"
    facts = {"told": told, "lang": lang, "now": f"{now:%Y-%m-%d %H:%M} UTC", "machine": machine, "seconds": seconds, "_": _}
    page.write_text(pages.get_template("page.html").render(facts), encoding="utf-8")
    summary = {
        "at": now.isoformat(timespec="seconds"),
        "machine": machine,
        "seconds": round(seconds, 1),
        "chapters": [one.as_data() for one in told],
    }
    data.write_text(to_json(summary) + "\n", encoding="utf-8")
    return page, data


def as_text(told: Sequence[Told]) -> str:
    return to_text(as_table(told))
