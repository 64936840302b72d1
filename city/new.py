"""Begin a new city: a folder that passes `city check` from the first minute, to be filled in by hand.

It starts from the shipped small city under a new name, without the lab's part. It refuses to write into a folder that
has anything in it.
"""

from __future__ import annotations

from pathlib import Path
from re import fullmatch, sub

from city.load import find_city
from city.source import SKIPPED
from ops.errors import UsageProblem
from ops.language import _

PATTERN_CITY = "tiny"
SCHEMA_FILE = "city.schema.json"
HEADER = f"# yaml-language-server: $schema={SCHEMA_FILE}\n"


def scaffold(folder: Path) -> list[Path]:
    """Write the new city's files; the folder's name is the city's name."""
    name = folder.name
    if not fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name):
        raise UsageProblem(
            _("'{name}' can't be a city's name").format(name=name),
            why=_("names are lower-case words joined by hyphens"),
            hint="citynode city new my-city",
        )
    _make(folder)
    written = [_write(folder / file.name, HEADER + _renamed(file.read_text(encoding="utf-8"), name)) for file in _pattern_files()]
    return [*written, _write(folder / SCHEMA_FILE, _schema_text())]


def _pattern_files() -> list[Path]:
    return sorted(file for file in find_city(PATTERN_CITY).glob("*.yaml") if file.name not in SKIPPED)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise UsageProblem(_("{folder} has files in it").format(folder=folder), hint=_("name a new folder"))
    except OSError as refused:
        raise UsageProblem(_("{folder} can't be made").format(folder=folder), why=str(refused), hint=_("name another folder")) from refused


def _write(file: Path, text: str) -> Path:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as refused:
        raise UsageProblem(_("{file} can't be written").format(file=file), why=str(refused), hint=_("name another folder")) from refused
    return file


def _renamed(text: str, name: str) -> str:
    """The pattern's text with its own name replaced where it is used as a name."""
    text = sub(rf"(name|place|parent): {PATTERN_CITY}\b", rf"\1: {name}", text)
    return text.replace(f"{PATTERN_CITY}.gov.example", f"{name}.gov.example")


def _schema_text() -> str:
    import json

    from city.schema import city_schema

    return json.dumps(city_schema(), ensure_ascii=False, indent=1) + "\n"
