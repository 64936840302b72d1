"""`citynode audit`: the trail of everything that was done."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.frame import Table, frame, noun
from ops.errors import PolicyRefused
from ops.language import _

app = noun("audit")


@app.command("show", epilog="Example: citynode audit show --last 20")
def show(
    last: Annotated[int, typer.Option("--last", min=1, help="Only the newest entries.")] = 50,
    subject: Annotated[str, typer.Option("--subject", help="Only entries about this subject.")] = "",
) -> None:
    """Show who did what to what, and how it ended, the newest last."""
    here = frame()
    from ops.audit import Trail

    entries = [entry for entry in Trail(here.settings.state).entries() if subject in ("", entry.subject)][-last:]
    columns = ("number", "at", "author", "action", "subject", "outcome")
    rows = [(entry.number, entry.at, entry.who, entry.action, entry.subject, entry.outcome) for entry in entries]
    here.show(entries, Table(columns, rows, words=("outcome",)))


@app.command("verify", epilog="Example: citynode audit verify -o json")
def verify() -> None:
    """Check that no entry was changed, taken out or cut off; exit code 5 if one was."""
    here = frame()
    from ops.audit import Trail

    found = Trail(here.settings.state).verify()
    here.show(
        {"ok": found.ok, "entries": found.entries, "broken_at": found.broken_at, "reason": found.reason, "torn": found.torn},
        Table(("ok", "entries", "broken at", "reason"), [(found.ok, found.entries, found.broken_at, found.reason)]),
    )
    if found.torn:
        here.progress.note(_("the last line was cut by a crash; the next entry will close it off"))
    if not found.ok:
        raise PolicyRefused(
            _("the audit trail is not as it was written, from line {line} on").format(line=found.broken_at),
            why=found.reason,
            hint=_("keep the file as evidence and compare it with its backup: {path}").format(path=Trail(here.settings.state).path),
        )
