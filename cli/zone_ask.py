"""What is wanted of a new zone: from the options, and on a terminal from a person who is asked for what is missing."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from city.model import Quota
from cli.talk import pause
from ops.errors import UsageProblem
from ops.language import _
from stacks.quantity import whole
from stacks.request import Wish

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
    import typer

    city = here.city
    departments = ", ".join(sorted({system.department for system in city.systems}))

    def ask(question: str, proposed: str) -> str:
        return str(typer.prompt(question, default=proposed or None, err=True)).strip()

    with pause(here.progress):
        return replace(
            given,
            name=ask(_("Name of the system (lower-case words joined by hyphens)"), given.name),
            title=ask(_("Its name in Chinese"), given.title),
            department=ask(_("Department ({known})").format(known=departments), given.department),
            plane=ask(_("Plane ({known})").format(known=", ".join(city.plane_by_name)), given.plane or city.planes[0].name),
            tier=ask(_("DR tier ({known})").format(known="none, data, application"), given.tier),
            mlps=_number(ask(_("MLPS level (1-4)"), str(given.mlps))),
            cpu=ask(_("Processors"), given.cpu),
            memory=ask(_("Memory"), given.memory),
            storage=ask(_("Storage"), given.storage),
            pods=ask(_("Pods"), given.pods),
        )


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


def _number(text: str) -> int:
    if not text.isdigit():
        raise UsageProblem(_("'{text}' is no number").format(text=text), hint=_("write it like {examples}").format(examples="2, 3"))
    return int(text)
