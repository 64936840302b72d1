"""`citynode ops`: operations that were begun, and what became of them."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.frame import Frame, Table, Yes, frame, noun
from ops.errors import PolicyRefused, UsageProblem
from ops.language import _, step_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ops.record import Attempt, Record

app = noun("ops")

Change = Annotated[str, typer.Argument(help="The change id, or its last characters.")]
Force = Annotated[bool, typer.Option("--force", help="Only forget it, although it has a way out of its own: what it put down stays.")]


@app.command("list", epilog="Example: citynode ops list")
def list_() -> None:
    """List the operations that are going on or were cut off, and who is at work where."""
    here = frame()
    runs = _record(here).runs(unfinished=True)
    leases = here.control.leases.held()
    busy = {held.name for held in leases}
    data = [{**_line(run), "active": _lease(run) in busy} for run in runs]
    held = [{"name": one.name, "owner": one.owner, "pid": one.holder.pid, "host": one.holder.host, "fence": one.fence} for one in leases]
    here.show(
        {"unfinished": data, "leases": held}, _table(runs, note="".join(f"{one['name']}: {one['owner']} ({one['pid']})\n" for one in held))
    )


@app.command("history", epilog="Example: citynode ops history -o json")
def history(last: Annotated[int, typer.Option("--last", min=1, help="Only the newest operations.")] = 20) -> None:
    """List the operations of this city, the newest first, and how each ended."""
    here = frame()
    runs = _record(here).runs(limit=last)
    here.show([_line(run) for run in runs], _table(runs))


@app.command("resume", epilog="Example: citynode ops resume 3f2a9c")
def resume(change: Change, yes: Yes = False) -> None:
    """Go on with an operation that was cut off, by asking for it again with the same command."""
    here = frame()
    again(here, _unfinished(here, change), yes=yes)


def again(here: Frame, run: Attempt, *, yes: bool) -> None:
    """Ask for an operation once more by the command line that began it; never returns."""
    if not run.command:
        raise UsageProblem(
            _("{change} was not begun by a command line").format(change=run.change_id), hint=_("begin it again where it came from")
        )
    words = ["citynode", *run.command]
    here.confirm(_("Run '{command}' again?").format(command=" ".join(words)), yes=yes)
    here.progress.note(" ".join(words))
    os.execv(sys.executable, [sys.executable, "-m", "cli.main", *run.command])  # noqa: S606 - the same program, by its own record


@app.command("abandon", epilog="Example: citynode ops abandon 3f2a9c --yes")
def abandon(change: Change, force: Force = False, yes: Yes = False) -> None:
    """Give up an operation that was cut off and has no way out of its own; what it did until then stays as it is."""
    here = frame()
    from ops.durable import abandon as give_up

    run = _unfinished(here, change)
    if _lease(run) in {held.name for held in here.control.leases.held()}:
        raise PolicyRefused(
            _("{change} is going on right now").format(change=run.change_id),
            hint=_("stop its process with Ctrl-C first (citynode ops list)"),
        )
    if not force:
        _refuse_what_has_a_way(run)
    here.confirm(_("Give up {change} ({kind} of {subject}; done: {done})?").format(**_words(run)), yes=yes)
    give_up(here.control, run)
    ended = replace(run, state="abandoned")
    here.show(_line(ended), _table([ended]))


def _refuse_what_has_a_way(run: Attempt) -> None:
    """Forgetting it would leave behind what its own way out removes."""
    if run.give_up is None:
        raise PolicyRefused(
            _("{change} can't be given up half-way").format(change=run.change_id),
            why=_("{kind} of {subject} only leads on").format(kind=run.kind, subject=run.subject),
            hint=f"citynode ops resume {run.change_id}",
        )
    if run.give_up:
        raise PolicyRefused(
            _("{change} is not given up by this command").format(change=run.change_id),
            why=_("what {kind} of {subject} put down would stay").format(kind=run.kind, subject=run.subject),
            hint=_("{command}; or --force, if it is to stay").format(command=run.way_out),
        )


def _record(here: Frame) -> Record:
    from ops.record import Record

    return Record.open(here.control)


def _unfinished(here: Frame, change: str) -> Attempt:
    from ops.record import find

    return find(_record(here).runs(unfinished=True), change)


def _lease(run: Attempt) -> str:
    return f"{run.scope}/{run.kind}:{run.subject}"


def _words(run: Attempt) -> dict[str, str]:
    return {"change": run.change_id, "kind": run.kind, "subject": run.subject, "done": ", ".join(map(step_name, run.done)) or _("nothing")}


def _line(run: Attempt) -> dict[str, Any]:
    return {
        "change_id": run.change_id, "kind": run.kind, "subject": run.subject, "author": run.author, "begun": run.begun,
        "state": run.state, "steps_done": list(run.done), "attempts": run.number, "command": list(run.command),
        "give_up": run.way_out if run.state == "unfinished" else "",
    }  # fmt: skip


def _table(runs: Iterable[Attempt], note: str = "") -> Table:
    rows = [(run.change_id, run.kind, run.subject, run.author, run.begun, run.state, len(run.done)) for run in runs]
    return Table(("change", "kind", "subject", "author", "begun", "state", "steps done"), rows, note=note.rstrip(), words=("state",))
