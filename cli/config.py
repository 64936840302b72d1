"""`citynode config`: the settings of this run, and where each came from."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.frame import Table, frame, noun
from ops.language import _

app = noun("config")


@app.command("show", epilog="Example: citynode config show --origin")
def show(origin: Annotated[bool, typer.Option("--origin", help="Also say where each value came from.")] = False) -> None:
    """Show the settings that a command would run with here."""
    here = frame()
    from ops.settings import KEYS

    settings = here.settings
    rows = [(key, _shown(getattr(settings, key)), settings.origin(key)) for key in ("state", *KEYS)]
    if origin:
        here.show(
            {key: {"value": value, "origin": where} for key, value, where in rows}, Table((_("setting"), _("value"), _("origin")), rows)
        )
    else:
        here.show({key: value for key, value, _where in rows}, Table((_("setting"), _("value")), [row[:2] for row in rows]))


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
