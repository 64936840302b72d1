"""The labs of a state folder: open one, list all of the machine's."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

from city.load import find_city, load_city
from lab.box import Box
from lab.record import Facts, Record
from lab.slots import Claim, boot_id, claims
from lab.spec import load_spec
from ops.errors import UsageProblem
from ops.language import _
from ops.suggest import unknown

NAME = re.compile(r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$")


def check_name(name: str) -> str:
    """The name, if a lab can have it."""
    if not NAME.match(name) or len(name) > 24:
        raise UsageProblem(
            _("a lab can't be named '{name}'").format(name=name),
            why=_("lower-case words joined by hyphens, at most 24 characters"),
            hint="--name demo",
        )
    return name


def folder_of(state: Path, name: str) -> Path:
    """Where the lab of that name is kept."""
    return state / "labs" / name


def box_of(folder: Path, record: Record) -> Box:
    """The box that a record tells of."""
    where = find_city(record.facts.city)
    city = load_city(str(where))
    return Box(folder=folder, city=city, spec=load_spec(where, city), record=record)


def known(state: Path) -> tuple[str, ...]:
    """The names of the labs in this state folder."""
    return tuple(sorted(path.parent.name for path in (state / "labs").glob("*/record.json")))


def open_lab(state: Path, name: str) -> Box:
    """The lab of that name, as it stands."""
    record = Record.load(folder_of(state, check_name(name)) / "record.json")
    if record is None:
        labs = known(state)
        if labs:
            raise unknown("lab", name, labs)
        raise UsageProblem(_("there is no lab named '{name}'").format(name=name), why=_("no lab is up"), hint="citynode lab up")
    if record.facts.boot != boot_id():
        raise UsageProblem(
            _("the lab '{name}' ended when the machine was started anew").format(name=name), hint=f"citynode lab up --name {name}"
        )
    return box_of(folder_of(state, name), record)


def begin(folder: Path, city: str, claim: Claim) -> Record:
    """The lab's record, made if there is none; refuses a lab that holds another city."""
    record = Record.load(folder / "record.json")
    if record is None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        record = Record(
            folder / "record.json",
            Facts(name=claim.name, city=city, slot=claim.slot, boot=boot_id(), born=f"{datetime.now(UTC):%Y%m%d-%H%M%S}"),
        )
        record.write()
    elif record.facts.city != city:
        raise UsageProblem(
            _("the lab '{name}' holds the city {city}").format(name=claim.name, city=record.facts.city),
            hint=_("--name another, or citynode lab down --name {name}").format(name=claim.name),
        )
    return record


def everywhere() -> tuple[Claim, ...]:
    """Every lab on this machine, of whatever state folder."""
    return claims()
