"""`citynode migrate`: systems' moves to the cloud."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.frame import DryRun, Frame, Table, Yes, frame, noun
from cli.migrate_slots import plan, slots
from cli.migrate_views import moved_table, plan_table, status_table
from ops.language import _

if TYPE_CHECKING:
    from migrate.scene import Stage

app = noun("migrate")
app.add_typer(slots, name="slots")
app.command("plan", epilog="Example: citynode migrate plan --weeks 26 -o json")(plan)

System = Annotated[str, typer.Argument(metavar="SYSTEM", help="The system, by its name in the catalogue.")]
From = Annotated[str, typer.Option("--from", metavar="SITE", help="The site from which users are played; the province, if left out.")]


@app.command("run", epilog="Example: citynode migrate run archive --yes -o json")
def run(system: System, vantage: From = "", dry_run: DryRun = False, yes: Yes = False) -> None:
    """Move a system to the city node while its users write; a move that was killed is gone on with."""
    here = frame()
    from migrate.run import plan_run, run_move

    if dry_run:
        planned = plan_run(_stage(here), system, vantage)
        here.show(
            {
                "move": planned.move,
                "checks": planned.checks,
                "facts": planned.facts,
                "copy_seconds": planned.seconds,
                "ready": all(each.ok for each in planned.checks),
            },
            plan_table(planned),
        )
        return
    stage = _stage(here)
    if not here.access.lab:
        here.confirm(_("Move {system} to the city node?").format(system=system), yes=yes)
    done = run_move(stage, system, vantage)
    here.show(done, moved_table(done))


@app.command("rollback", epilog="Example: citynode migrate rollback archive --yes")
def rollback(system: System, yes: Yes = False) -> None:
    """Take a move back before it is final; what was written since stays."""
    here = frame()
    from migrate.run import rollback_move

    stage = _stage(here)
    if not here.access.lab:
        here.confirm(_("Take {system} back to its department?").format(system=system), yes=yes)
    done = rollback_move(stage, system)
    here.show(done, moved_table(done))


@app.command("finalize", epilog="Example: citynode migrate finalize archive --yes")
def finalize(system: System, yes: Yes = False) -> None:
    """Make a move final: the way back is taken down, the department's database stays read-only."""
    here = frame()
    from migrate.run import finalize_move

    stage = _stage(here)
    here.confirm(_("Make the move of {system} final? It can't be taken back then").format(system=system), yes=yes)
    done: dict[str, Any] = finalize_move(stage, system)
    columns = ("system", "state", "at", "lost writes")
    here.show(done, Table(columns, [(done["system"], done["state"], done["at"], done["lost_writes"])], words=("state",)))


@app.command("status", epilog="Example: citynode migrate status archive -o json")
def status(system: Annotated[str, typer.Argument(metavar="SYSTEM", help="Only this system.")] = "") -> None:
    """Show how moves stand: state, bytes and rates, outage, verification, and what users see."""
    here = frame()
    from migrate.report import read_moves

    found = read_moves(_stage(here), system)
    here.show({"moves": found}, status_table(found))


def _stage(here: Frame) -> Stage:
    from migrate.scene import Stage

    return Stage(here.city, here.access, here.control)
