"""`citynode engines`: Pulumi and Kubernetes as programs."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.frame import Table, frame, noun
from ops.language import N_, WORD, _

app = noun("engines")

Names = Annotated[list[str] | None, typer.Argument(metavar="[NAME]…", help="pulumi, kubernetes, or one program; all by default.")]
_ORIGINS = (N_("path", WORD), N_("cache", WORD), N_("missing", WORD))

Wait = Annotated[bool, typer.Option("--wait/--no-wait", help="Wait for it, or let it go on in the background.")]


@app.command("status", epilog="Example: citynode engines status -o json")
def status() -> None:
    """Show every program, where it is, and what is being built right now; exit code 7 when one is missing."""
    here = frame()
    from engines.resolve import status as look

    found = look()
    rows = [(each.engine, each.program, each.version, each.making or each.origin, str(each.path or "")) for each in found]
    here.show(
        {"ready": all(each.path for each in found), "programs": found},
        Table(("engine", "program", "version", "origin", "path"), rows, words=("origin",)),
    )
    if not all(each.path for each in found):
        raise typer.Exit(7)


@app.command("fetch", epilog="Example: citynode engines fetch pulumi --no-wait")
def fetch(names: Names = None, wait: Wait = True) -> None:
    """Get what is missing: the vendor's download if it can be reached, else a build from the pinned Go module."""
    here = frame()
    from engines import background, catalogue, resolve

    wanted = [program.name for program in catalogue.choose(names or ())]
    if not wait:
        log = background.fetch(wanted)
        here.show({"started": wanted, "log": log}, Table((_("started"), _("log")), [(" ".join(wanted), str(log))]))
        return
    here.progress.stage(_("Engines"))
    paths = resolve.ensure(wanted, here.progress)
    here.show(dict(paths), Table((_("program"), _("path")), [(name, str(path)) for name, path in paths.items()]))
