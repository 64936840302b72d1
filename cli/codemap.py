"""Writes what every module is for, in its own words: `python -m cli.codemap`, `--check` says if the page is stale.

The map for newcomers, `docs/map.md`, is written by people; this page is what they look things up in.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "modules.md"
PACKAGES = (
    "city", "ops", "engines", "stacks", "network", "migrate", "dr", "monitoring", "playbooks", "portal", "lab", "cli", "demo", "benchmarks",
)  # fmt: skip


def render() -> str:
    """The page: a table of modules for each folder that has any."""
    out = ["<!-- Written by `python -m cli.codemap`; change the modules' docstrings, not this page. -->", "# Every module in one line", ""]
    for package in PACKAGES:
        for folder in sorted({file.parent for file in _files(ROOT / package)}):
            rows = [(file, _first_line(file)) for file in _files(folder) if file.parent == folder]
            spoken = [f"| `{file.name}` | {line} |" for file, line in rows if line]
            if spoken:
                out += [f"## {folder.relative_to(ROOT).as_posix()}/", "", "| module | what it is for |", "|---|---|", *spoken, ""]
    return "\n".join(out)


def _files(folder: Path) -> Iterator[Path]:
    yield from sorted(file for file in folder.rglob("*.py") if not {"__pycache__", "go"} & set(file.parts))


def _first_line(file: Path) -> str:
    said = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    return said.partition("\n")[0].replace("|", "\\|")


def main(arguments: list[str]) -> int:
    """Write the page; with `--check`, only say whether it would change."""
    fresh = render()
    if "--check" in arguments:
        if not PAGE.exists() or PAGE.read_text(encoding="utf-8") != fresh:
            sys.stderr.write("docs/modules.md is stale; try: make docs\n")
            return 1
        return 0
    PAGE.write_text(fresh, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
