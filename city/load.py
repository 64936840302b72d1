"""A folder of YAML files -> City, or every problem at once with file, line and the nearest known name.

    files --read_folder--> data and lines --build--> City --check_references--> City that can be trusted

It refuses to return a city whose names don't resolve; whether the city is a *good* one is asked of `city.check`.
A city that was read once is kept in the cache under the digest of its files: reading YAML takes seconds, this doesn't.
"""

from __future__ import annotations

import hashlib
import logging
import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from city.finding import Finding
from city.model import City
from city.references import check_references
from city.shape import build
from city.source import Source, city_files, read_folder
from ops.errors import UsageProblem
from ops.folders import cache_dir
from ops.language import _
from ops.suggest import nearest

log = logging.getLogger(__name__)

SHIPPED = Path(__file__).resolve().parent.parent / "cities"


@dataclass(frozen=True, slots=True)
class Examined:
    """What a folder holds: its city if there is one, and what is wrong with it."""

    folder: Path
    city: City | None
    findings: tuple[Finding, ...]
    source: Source

    def locate(self, finding: Finding) -> Finding:
        """The finding with its place in the files."""
        if finding.file or not finding.path:
            return finding
        file, line = self.source.position(finding.path)
        return finding.at(place=self.source.place(finding.path), file=file, line=line)


def shipped_cities() -> list[str]:
    return sorted(folder.name for folder in SHIPPED.iterdir() if (folder / "city.yaml").is_file()) if SHIPPED.is_dir() else []


def find_city(name: str) -> Path:
    """The folder of a shipped city, or of the path given."""
    for folder in (Path(name), SHIPPED / name):
        if (folder / "city.yaml").is_file():
            return folder.resolve()
    close = nearest(name, shipped_cities())
    shipped = _("shipped: {names}; or give a folder that has a city.yaml, or make one: citynode city new FOLDER")
    hint = _("did you mean '{close}'?").format(close=close) if close else shipped.format(names=", ".join(shipped_cities()))
    raise UsageProblem(_("there is no city named '{name}'").format(name=name), hint=hint, name=name)


def examine(name_or_folder: str, instead: Mapping[Path, str] | None = None) -> Examined:
    """Read the folder and say everything that keeps it from being a city; nothing is raised for its content.

    `instead` are files of the folder as if they were written already: what would this edit make of the city?
    """
    folder = find_city(name_or_folder)
    source = read_folder(folder, instead)
    city, refused = build(source.data) if not source.findings else (None, [])
    findings = [*source.findings, *refused, *(check_references(city) if city else [])]
    examined = Examined(folder, city, (), source)
    return replace(examined, findings=tuple(sorted(map(examined.locate, findings), key=lambda item: (item.file, item.line))))


def load_city(name_or_folder: str) -> City:
    """The city of this name or folder; a `UsageProblem` with all problems if it isn't sound."""
    folder = find_city(name_or_folder)
    kept = cache_dir() / "cities" / f"{_digest(folder)}.json"
    if (city := _from_cache(kept)) is not None:
        return city
    examined = examine(str(folder))
    if examined.city is None or examined.findings:
        raise problem(folder, examined.findings)
    _to_cache(kept, examined.city)
    return examined.city


def problem(folder: Path, findings: tuple[Finding, ...]) -> UsageProblem:
    """One error that lists every finding."""
    count = len(findings)
    return UsageProblem(
        (_("the city in {name} has one problem") if count == 1 else _("the city in {name} has {count} problems")).format(
            name=folder.name, count=count
        ),
        why="\n  " + "\n  ".join(map(str, findings)),
        hint=_("mend these lines, then: citynode city check --city {city}").format(city=spoken(folder)),
        problems=[finding.as_data() for finding in findings],
    )


def spoken(folder: Path) -> str:
    """What to say after `--city` to mean this folder, from where the command runs."""
    if folder.parent == SHIPPED:
        return folder.name
    here = Path.cwd()
    return shlex.quote(f"./{folder.relative_to(here)}" if here in folder.parents else str(folder))


def _digest(folder: Path) -> str:
    """Changes with any of the city's files and with the code that reads them."""
    digest = hashlib.sha256()
    for file in [*city_files(folder), *sorted(Path(__file__).parent.glob("*.py"))]:
        digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def _from_cache(kept: Path) -> City | None:
    try:
        return City.model_validate_json(kept.read_bytes())
    except (OSError, ValueError):
        return None


def _to_cache(kept: Path, city: City) -> None:
    """Keep it if that's possible; a full disk or a read-only home is no reason to fail."""
    fresh = kept.with_suffix(f".{os.getpid()}")
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        fresh.write_text(city.model_dump_json(exclude_defaults=True), encoding="utf-8")
        fresh.replace(kept)
    except OSError as full:
        log.debug("city not cached: %s", full)
