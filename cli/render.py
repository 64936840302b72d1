"""Data on stdout: one JSON or YAML document, a table for people, or Markdown for a page. Decides nothing and never talks.

Colour repeats what a word already says (up, down, failed), so nothing is lost without it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TextIO
from unicodedata import combining, east_asian_width

from ops import yaml
from ops.language import _, word
from ops.plan import plain

Cell = str | int | float | bool | None

_WORDS = {
    "32": ("up", "ok", "done", "passed", "running", "active", "healthy", "yes"),
    "33": ("degraded", "pending", "changed", "unfinished", "waiting", "cut", "compensating"),
    "31": ("down", "failed", "broken", "refused", "lost", "dark", "off"),
}
_COLOR = {word: code for code, words in _WORDS.items() for word in words}


@dataclass(frozen=True, slots=True)
class Table:
    """Rows for people: the columns' names are translated, numbers stand right, `title` above and `note` below.

    `words` names the columns whose cells are closed words of ours, such as states: these are translated too.
    """

    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]] = field(default_factory=list)
    title: str = ""
    note: str = ""
    words: Collection[str] = ()

    def cells(self) -> list[list[str]]:
        """The rows as people read them."""
        return [[_text(cell, is_word=name in self.words) for name, cell in zip(self.columns, row, strict=False)] for row in self.rows]


def show(data: object, table: Table | None, *, form: str, color: str = "auto", stream: TextIO | None = None, markdown: str = "") -> None:
    """Write the data in this form; without a table, people get YAML. Without a text of its own, Markdown is the table."""
    out = stream or sys.stdout
    if form == "json":
        out.write(to_json(data) + "\n")
    elif form == "markdown":
        out.write(markdown or (to_markdown(table) if table else f"```yaml\n{to_yaml(data)}```\n"))
    elif form == "yaml" or table is None:
        out.write(to_yaml(data))
    else:
        out.write(to_text(table, colored=is_colored(color, out)))
    out.flush()


def to_json(data: object) -> str:
    import json

    return json.dumps(plain(data), ensure_ascii=False, indent=2)


def to_yaml(data: object) -> str:
    return yaml.dump(plain(data), width=120)


def to_text(table: Table, *, colored: bool = False) -> str:
    """The table as lines, columns two spaces apart, Chinese characters two cells wide."""
    header = [told.upper() if (told := _(name)).isascii() else told for name in table.columns]
    body = table.cells()
    right = [_is_numeric(row[at] for row in table.rows if at < len(row)) for at in range(len(header))]
    widths = [max(width(line[at]) for line in [header, *body] if at < len(line)) for at in range(len(header))]
    lines = [table.title] if table.title else []
    lines.append(_line(header, widths, right))
    for row, cells in zip(table.rows, body, strict=True):
        line = _line(cells, widths, right)
        lines.append(_paint(line, row) if colored else line)
    if not body:
        lines.append(_("(none)"))
    if table.note:
        lines.append(table.note)
    return "\n".join(lines) + "\n"


def to_markdown(table: Table) -> str:
    """The table in Markdown; what is a mark in Markdown and stands in a cell stays as it is written."""
    lines = [f"**{table.title}**", ""] if table.title else []
    right = [_is_numeric(row[at] for row in table.rows if at < len(row)) for at in range(len(table.columns))]
    lines.append(_piped([_(name) for name in table.columns]))
    lines.append("|" + "|".join(" ---: " if numeric else " --- " for numeric in right) + "|")
    lines += map(_piped, table.cells())
    if table.note:
        lines += ["", table.note]
    return "\n".join(lines) + "\n"


def _piped(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("\\", "\\\\").replace("|", "\\|").replace("\n", "<br>") for cell in cells) + " |"


def width(text: str) -> int:
    """Cells that the text takes on a terminal."""
    return sum(0 if combining(char) else 2 if east_asian_width(char) in "WF" else 1 for char in text)


def is_colored(color: str, stream: TextIO) -> bool:
    """NO_COLOR wins over everything, then the setting, then CLICOLOR_FORCE, then whether a terminal listens."""
    if os.environ.get("NO_COLOR") or color == "never":
        return False
    if color == "always" or os.environ.get("CLICOLOR_FORCE", "0") not in ("", "0"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def _text(cell: Cell, *, is_word: bool) -> str:
    if cell is None:
        return "-"
    if isinstance(cell, bool):
        return _("yes") if cell else _("no")
    if is_word:
        return word(str(cell))
    return f"{cell:.4g}" if isinstance(cell, float) else str(cell)


def _is_numeric(cells: Iterable[Cell]) -> bool:
    found = [cell for cell in cells if cell is not None]
    return bool(found) and all(isinstance(cell, int | float) and not isinstance(cell, bool) for cell in found)


def _line(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    padded = []
    for cell, size, is_right in zip(cells, widths, right, strict=False):
        gap = " " * (size - width(cell))
        padded.append(gap + cell if is_right else cell + gap)
    return "  ".join(padded).rstrip()


def _paint(line: str, row: Sequence[Cell]) -> str:
    code = next((_COLOR[cell] for cell in row if isinstance(cell, str) and cell in _COLOR), "")
    return f"\x1b[{code}m{line}\x1b[0m" if code and code != "32" else line
