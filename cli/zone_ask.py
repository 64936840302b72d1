"""What is wanted of a new zone: from the options, and on a terminal from a person who is asked for what is missing."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from city.model import OrganisationKind, Quota, Tier
from cli.talk import pause
from ops.errors import UsageProblem
from ops.language import _
from ops.suggest import nearest
from stacks.declare.quantity import whole
from stacks.zones.request import Wish

if TYPE_CHECKING:
    from datetime import date

    from cli.frame import Frame

NEEDED = {"name": "NAME", "department": "--department", "title": "--title"}
"""What nobody can guess, and how it is given."""


@dataclass(frozen=True, slots=True)
class Given:
    """The options as they were given."""

    name: str
    department: str
    title: str
    title_en: str
    plane: str
    egress: str
    tier: str
    mlps: int
    cpu: str
    memory: str
    storage: str
    pods: str
    needs: tuple[str, ...]
    kind: str
    owner: str
    cost_centre: str
    review_after: str
    data_gb: float


def wish_of(here: Frame, given: Given) -> Wish:
    """The wish; a person is asked for what is missing, a script is told."""
    missing = [flag for name, flag in NEEDED.items() if not getattr(given, name)]
    if missing and not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageProblem(
            _("the request lacks {missing}").format(missing=", ".join(missing)),
            why=_("nobody is there to be asked"),
            hint="citynode zone request NAME --department … --title …",
        )
    return _wish(_asked(here, given) if missing else given)


def _asked(here: Frame, given: Given) -> Given:
    """The answers to the questions that matter, with what was given as what is proposed."""
    city = here.city
    departments = sorted(item.name for item in city.organisations if item.kind is not OrganisationKind.OPERATOR)
    with pause(here.progress):
        return replace(
            given,
            name=_ask(_("Name of the system (lower-case words joined by hyphens)"), given.name),
            title=_ask(_("Its name in Chinese"), given.title),
            department=_ask(_("Department"), given.department, departments),
            plane=_ask(_("Plane"), given.plane or city.planes[0].name, list(city.plane_by_name)),
            tier=_ask(_("DR tier"), given.tier, [str(tier) for tier in Tier]),
            mlps=int(_ask(_("MLPS level"), str(given.mlps), ["1", "2", "3", "4"])),
            cpu=_ask(_("Processors"), given.cpu),
            memory=_ask(_("Memory"), given.memory),
            storage=_ask(_("Storage"), given.storage),
            pods=_ask(_("Pods"), given.pods),
        )


def _ask(question: str, proposed: str, known: Sequence[str] = ()) -> str:
    """The answer; one that isn't among those that are known is asked for again."""
    import typer

    def accept(text: str) -> str:
        if known and text.strip() not in known:
            close = nearest(text, known)
            raise typer.BadParameter(_("did you mean '{close}'?").format(close=close) if close else ", ".join(known))
        return text.strip()

    shown = f"{question} ({', '.join(known)})" if known else question
    return str(typer.prompt(shown, default=proposed or None, value_proc=accept, err=True))


def _wish(given: Given) -> Wish:
    quota = Quota(
        cpu_millis=whole("cpu_millis", given.cpu),
        memory_mib=whole("memory_mib", given.memory),
        storage_gib=whole("storage_gib", given.storage),
        pods=whole("pods", given.pods),
    )
    return Wish(
        given.name, given.department, given.title, quota, title_en=given.title_en, kind=given.kind, plane=given.plane, egress=given.egress,
        tier=given.tier, mlps=given.mlps, owner=given.owner, cost_centre=given.cost_centre, review_after=_day(given.review_after),
        needs=given.needs, data_gb=given.data_gb,
    )  # fmt: skip


def _day(text: str) -> date | None:
    from datetime import date

    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as wrong:
        raise UsageProblem(
            _("'{text}' is no date").format(text=text), hint=_("write it like {examples}").format(examples="2027-06-30")
        ) from wrong
