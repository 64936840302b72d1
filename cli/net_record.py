"""`citynode net` history and resume: which changes were made from here, and going on with one that was cut off."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.frame import DryRun, Yes, frame
from cli.net_common import Devices, Waves, chosen, tell_unfinished
from ops.language import _


def history(
    change: Annotated[str, typer.Argument(help="A change id: what became of each of its routers.")] = "",
    devices: Devices = None,
    wave: Waves = None,
) -> None:
    """List the changes of the network that were made from here, the newest first, or the routers of one."""
    here = frame()
    from cli.net_views import change_table, changes_table
    from network.desk import journal_of
    from network.push.history import change_data, changes_data

    journal = journal_of(here.city, here.control)
    names = chosen(here, devices, wave) if devices or wave else ()
    if change:
        data = change_data(journal.find(change), names)
        here.show(data, change_table(data))
        return
    found = changes_data(journal, names)
    here.show({"changes": found}, changes_table(found))
    tell_unfinished(here)


def resume(
    change: Annotated[str, typer.Argument(help="The change id, or its last characters; the one that is unfinished, if left out.")] = "",
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Go on with a change of the network that was cut off: the routers are asked what they hold, and the rest is done."""
    here = frame()
    from cli.net_views import change_table
    from cli.ops import again
    from network.desk import journal_of
    from network.push.history import change_data, unfinished_change

    run = unfinished_change(here.control, change)
    if dry_run:
        data = {**change_data(journal_of(here.city, here.control).open(run.change_id)), "steps_done": list(run.done)}
        here.show(
            {**data, "command": list(run.command)}, change_table({**data, "kind": run.kind, "author": run.author, "began": run.begun})
        )
        return
    here.progress.note(_("going on with {change}").format(change=run.change_id))
    again(here, run, yes=yes or bool(here.access.lab))
