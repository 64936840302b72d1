"""`citynode city`: the city as data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.frame import Table, frame, noun
from ops.language import _

app = noun("city")

What = Annotated[
    str, typer.Argument(metavar="WHAT", help="places, organisations, planes, sites, routers, links, systems or groups; or one item's name.")
]


@app.command("check", epilog="Example: citynode city check --city shanwei -o json")
def check() -> None:
    """Read the city's files and judge them by every rule; exit code 2 when there are errors."""
    here = frame()
    from city.check import check_folder
    from city.load import problem

    verdict = check_folder(here.settings.city)
    errors = tuple(finding for finding in verdict.findings if finding.is_error)
    if here.settings.output == "table" and errors:
        raise problem(verdict.examined.folder, errors)
    data = verdict.as_data()
    rows = [(finding.severity.value, f"{finding.file}:{finding.line}", str(finding).partition(": ")[2]) for finding in verdict.findings]
    summary = _("{city}: ok; {routers} routers, {systems} systems of which {self_built} self-built, {departments} departments")
    title = summary.format_map(data) if verdict.ok else ""
    here.show(data, Table(("severity", "where", "finding"), rows, title=title, words=("severity",)))
    if errors:
        raise typer.Exit(2)


@app.command("show", epilog="Example: citynode city show systems --city shanwei; citynode city show pe1")
def show(what: What = "") -> None:
    """Show an overview of the city, one list of it, or one item with its addresses."""
    here = frame()
    from cli.city_views import view

    data, table = view(here.city, what, lang=here.settings.lang)
    here.show(data, table)


@app.command("diff", epilog="Example: citynode city diff ./my-city shanwei")
def diff(
    before: Annotated[str, typer.Argument(metavar="BEFORE", help="A city's name or folder.")],
    after: Annotated[str, typer.Argument(metavar="AFTER", help="The city to compare with it.")],
) -> None:
    """Compare two cities; exit code 7 when they differ."""
    here = frame()
    from city.diff import compare
    from city.load import load_city

    found = compare(load_city(before), load_city(after))
    rows = [(item.change.value, item.kind, item.name, item.field, _cell(item.before), _cell(item.after)) for item in found]
    columns = ("change", "kind", "name", "field", "before", "after")
    here.show({"different": bool(found), "differences": [item.as_data() for item in found]}, Table(columns, rows, words=("change",)))
    if found:
        raise typer.Exit(7)


@app.command("new", epilog="Example: citynode city new my-city")
def new(folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A new folder; its name is the city's name.")]) -> None:
    """Begin a new city in a new folder: small, sound, and to be filled in."""
    here = frame()
    from city.new import scaffold

    written = [str(file) for file in scaffold(folder)]
    here.progress.note(_("next: citynode city check --city {folder}").format(folder=folder))
    here.show({"city": folder.name, "files": written}, Table((_("file"),), [(file,) for file in written]))


@app.command("schema", epilog="Example: citynode city schema > city.schema.json")
def schema() -> None:
    """Print the JSON Schema of a city's files, for editors."""
    import json

    from city.schema import city_schema

    typer.echo(json.dumps(city_schema(), ensure_ascii=False, indent=2))


def _cell(value: object) -> str | int | float | bool | None:
    return value if value is None or isinstance(value, (str, int, float, bool)) else str(value)
