"""The city as lines of text: a line a level, a line a county, a sign for every node. Pure.

● up, ◐ degraded or just starting, ✕ down, ○ not brought up. The signs say it without colour.
"""

from __future__ import annotations

from collections.abc import Iterable
from unicodedata import east_asian_width

from city.model import Link
from lab.drawing.scene import Area, Mark, Scene, areas, count
from ops.language import _

SIGNS: dict[Mark, str] = {"up": "●", "degraded": "◐", "down": "✕", "starting": "◐", "waiting": "○"}
NAME_CELLS = 20
MOST_TOLD = 12


def map_lines(scene: Scene) -> tuple[str, ...]:
    """The whole map; what isn't up is told by name below it."""
    lines = [_title(scene), ""]
    lines.append(_line(_("Province"), _named(scene, scene.province), _lines_of(scene, scene.province)))
    lines.append(_line(_("City core"), _named(scene, scene.cores), _lines_of(scene, scene.cores)))
    if scene.centres:
        lines.append(_line(_("Centres"), _named(scene, scene.centres), _lines_of(scene, scene.centres)))
    if scene.others:
        lines.append(_line(_("Sites"), _named(scene, scene.others), _lines_of(scene, scene.others)))
    lines += [_area(scene, area) for area in areas(scene.city)]
    return (*lines, "", *_troubles(scene))


def pad(text: str, cells: int) -> str:
    """The text filled up to so many cells of a terminal; Chinese characters have two."""
    used = sum(2 if east_asian_width(char) in "WF" else 1 for char in text)
    return text + " " * (cells - used)


def _title(scene: Scene) -> str:
    routers = count(scene.node(router.name) for router in scene.city.routers)
    links = count(scene.line(link.name) for link in scene.links)
    text = _("{city}, lab {lab}: {routers} routers, {links} links")
    return text.format(city=scene.read(scene.city.title), lab=scene.lab, routers=routers, links=links)


def _line(head: str, nodes: str, links: str) -> str:
    return f"{pad(head, NAME_CELLS)} {nodes}{links}"


def _named(scene: Scene, names: Iterable[str]) -> str:
    return "  ".join(f"{SIGNS[scene.node(name)]} {name}" for name in names)


def _area(scene: Scene, area: Area) -> str:
    aggregation = "".join(SIGNS[scene.node(name)] for name in area.aggregation)
    towns = "".join(SIGNS[scene.node(name)] for name in area.towns)
    links = _lines_of(scene, (*area.aggregation, *area.towns))
    return _line(scene.read(area.title), f"{pad(aggregation, 3)} {towns}", links)


def _lines_of(scene: Scene, names: Iterable[str]) -> str:
    """`  links 5/5` for the links that hang on these nodes."""
    wanted = frozenset(names)
    marks = [scene.line(link.name) for link in scene.links if _hangs(link, wanted)]
    return "   " + _("links {count}").format(count=count(marks))


def _hangs(link: Link, nodes: frozenset[str]) -> bool:
    return link.a.node in nodes or link.b.node in nodes


def _troubles(scene: Scene) -> list[str]:
    """What was broken on purpose, then everything that is begun and isn't up."""
    told = [_("broken on purpose: {fault}").format(fault=fault) for fault in scene.broken]
    for marks in (scene.nodes, scene.lines):
        told += [
            f"{SIGNS[mark]} {name}: {scene.details.get(name, '') or mark}" for name, mark in marks.items() if mark in ("degraded", "down")
        ]
    more = len(told) - MOST_TOLD
    return [*told[:MOST_TOLD], _("and {count} more: citynode lab status").format(count=more)] if more > 0 else told
