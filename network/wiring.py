"""Every line that was ever pushed, kept beside the journal: a line that goes from the city's data is still in the ground.

Without it nobody could say what taking a line out of the data does: the data that is left doesn't know it any more.
Nothing is forgotten; a line that no router is configured for any more is no neighbour, before and after.
"""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import ValidationError

from city.model import City, Link
from network.rollout import write_whole
from ops.errors import UsageProblem
from ops.language import _

FILE = "wiring.json"


def wired(city: City, folder: Path) -> City:
    """The city with the lines that were pushed once and stand in its data no longer, where both ends still do."""
    nodes = {*city.router_by_name, *city.site_by_name}
    gone = [link for link in _kept(folder) if link.name not in city.link_by_name and {link.a.node, link.b.node} <= nodes]
    return city.model_copy(update={"links": (*gone, *city.links)}) if gone else city


def remember(city: City, folder: Path) -> None:
    """Keep the city's lines with those known already."""
    known = {link.name: link for link in _kept(folder)}
    every = {**known, **city.link_by_name}
    if every != known:
        write_whole(folder / FILE, [link.model_dump(mode="json", exclude_defaults=True) for link in every.values()])


def _kept(folder: Path) -> tuple[Link, ...]:
    path = folder / FILE
    if not path.exists():
        return ()
    try:
        return tuple(Link.model_validate(row) for row in json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, ValidationError) as broken:
        raise UsageProblem(
            _("{path} can't be read").format(path=path), why=str(broken).splitlines()[0], hint=_("delete it: the next push writes it again")
        ) from broken
