"""What the commands of `citynode net` share: which routers are meant, the desk, asking, and showing what was done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.frame import Frame
from ops.errors import CitynodeError
from ops.language import _

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from network.desk import Desk
    from network.push.change import Report
    from network.push.main import PushPlan

Devices = Annotated[
    list[str] | None,
    typer.Option(
        "--devices", "-d", metavar="NAME[,NAME]", help="Routers, roles or places (may be repeated); all of the city, if left out."
    ),
]
Waves = Annotated[
    list[str] | None,
    typer.Option("--wave", metavar="WAVE[,WAVE]", help="Only these waves of the plan, such as canary or core-b (may be repeated)."),
]

Override = Annotated[
    str, typer.Option("--override", metavar="REASON", help="Push although promises of the plan break; the audit trail keeps the reason.")
]

Emulation = Annotated[
    bool,
    typer.Option(
        "--accept-emulation",
        help="Change also routers that can't take a change back by themselves (VRP 5, older Comware 7, FRR without guard).",
    ),
]


def words(given: list[str] | None) -> list[str]:
    """The words of an option that may be repeated and may hold several."""
    return [word for one in given or () for word in one.split(",") if word]


def open_here(here: Frame, *, accept_emulation: bool = False) -> Desk:
    """The desk of the command that is running."""
    from network.desk import Care
    from network.open import open_desk

    return open_desk(here.city, here.access, here.control, Care(accept_emulation=accept_emulation))


def chosen(here: Frame, devices: list[str] | None, waves: list[str] | None = None) -> tuple[str, ...]:
    """The routers that the words of `--devices` name, and of these the ones in the waves of `--wave`."""
    from network.desk import select
    from network.push.plan import in_waves

    return in_waves(here.city, select(here.city, words(devices)), words(waves))


def tell_unfinished(here: Frame, names: Iterable[str] = ()) -> None:
    """Say that changes were cut off, with some of these routers in hand or any: what looks right there may go back by itself."""
    from network.push.change import others_unfinished

    text = _("{change} is unfinished: citynode net resume goes on with it, citynode net rollback takes it back")
    for run in others_unfinished(here.control, names or here.city.router_by_name):
        here.progress.note(text.format(change=run.change_id))


def confirm(here: Frame, plan: PushPlan, *, yes: bool) -> None:
    """Ask before a real city is changed; a lab may be."""
    if plan.to_change and not here.access.lab:
        here.confirm(_("Change {count} router(s) of {city}?").format(count=len(plan.to_change), city=here.city.name), yes=yes)


def finish(here: Frame, work: Callable[[], Report]) -> None:
    """Do the work and show what it did, also where it was stopped on the way."""
    from cli.net_views import report_table
    from network.push.change import Report

    try:
        report = work()
    except CitynodeError as stop:
        if isinstance(until := stop.facts.get("report"), Report):
            here.show(until.as_data(), report_table(until))
        raise
    here.show(report.as_data(), report_table(report))
    report.raise_on_error()
