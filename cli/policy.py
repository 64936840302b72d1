"""`citynode policy`: the city's rules, asked without a cluster. Its API servers and every preview ask the same ones."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.frame import Table, frame, noun
from ops.language import _

if TYPE_CHECKING:
    from datetime import date

    from stacks.guard.inspection import Inspection

app = noun("policy")

File = Annotated[Path, typer.Argument(metavar="FILE", help="Manifests in YAML or JSON, as kubectl takes them.")]
Centre = Annotated[str | None, typer.Option("--centre", "-c", help="As if asked for in this centre (default: production).")]


@app.command("list", epilog="Example: citynode policy list -o json")
def rules() -> None:
    """Show the rules, what each looks at, where it comes from, and the exemptions from it."""
    here = frame()
    from stacks.guard.inspection import rules_of

    data = rules_of(here.city, _today())
    rows = [(each["name"], _(each["title"]), ", ".join(each["kinds"]), _exempt(each["exemptions"])) for each in data]
    note = _("enforced by the API server of every centre, and at every stack preview and up; -o json says where each comes from")
    here.show({"enforced": ["api-server", "preview"], "rules": data}, Table(("rule", "title", "kinds", "exempted"), rows, note=note))


@app.command("test", epilog="Example: citynode policy test manifests.yaml")
def ask(file: File, centre: Centre = None) -> None:
    """Say which rules the objects of a file would break; changes nothing, and exits 5 if any would be refused."""
    here = frame()
    from stacks.declare.placement import centre_named
    from stacks.guard.facts import facts_at
    from stacks.guard.inspection import inspect_file

    facts = facts_at(here.city, centre_named(here.city, centre) if centre else None)
    found = inspect_file(file, facts, _today())
    here.show(found.as_data(), _table(found))
    if found.refused:
        raise typer.Exit(5)


@app.command("check", epilog="Example: citynode policy check --city shanwei")
def check() -> None:
    """Ask every rule about all that the city declares, and whether its exemptions still hold; exits 5 if anything is refused."""
    here = frame()
    from stacks.guard.inspection import inspect_city

    found = inspect_city(here.city, _today())
    here.show(found.as_data(), _table(found))
    if found.refused:
        raise typer.Exit(5)


def _table(found: Inspection) -> Table:
    from stacks.guard.words import told

    rows = [
        (where, breach.rule, breach.object, told(breach.says), breach.exemption.expires.isoformat() if breach.exemption else None)
        for where, breach in found.breaches
    ]
    rows += [("", one.exemption.rule, one.exemption.system, told(one.says), None) for one in found.faults]
    note = _("{objects} objects; {refused} refused").format(objects=found.objects, refused=found.refused)
    return Table(("where", "rule", "object", "finding", "exempted until"), rows, note=note)


def _exempt(exemptions: list[dict[str, str]]) -> str | None:
    return ", ".join(f"{each['system']} ({each['expires']})" for each in exemptions) or None


def _today() -> date:
    return datetime.now(UTC).date()
