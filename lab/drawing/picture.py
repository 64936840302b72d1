"""The city as an SVG picture: four levels from the province down to the towns, every link as thick as it is fast. Pure.

A node's or link's state is shown by colour and by a sign (a cross, a dash pattern), so that it reads in black and white; pointing at
one shows its name and what is known of it. Needs no script and no network.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape

from city.model import Link, RouterRole
from lab.drawing.scene import Mark, Scene, areas, count
from ops.language import _

WIDTH, LEFT, RIGHT, HEIGHT = 1480, 120, 40, 710
ABOVE_Y, PROVINCE_Y, SITES_Y, CORE_Y, AREA_Y, TOWN_Y = 122, 172, 258, 340, 476, 596
LEGEND_Y = 690
COLOURS: dict[Mark, str] = {"up": "#2e8b57", "degraded": "#e08e0b", "down": "#c0392b", "starting": "#d8b46a", "waiting": "#b5b5b5"}
LINE_COLOURS: dict[Mark, str] = {"up": "#8fa3b3", "degraded": "#e08e0b", "down": "#c0392b", "starting": "#cfc4a8", "waiting": "#e2e2e2"}
DASHES: dict[Mark, str] = {"up": "", "degraded": "8 3", "down": "3 4", "starting": "", "waiting": ""}
FONT = "'Noto Sans CJK SC','Source Han Sans SC','Microsoft YaHei',sans-serif"
HALO = 'paint-order="stroke" stroke="#fff" stroke-width="2.5" stroke-linejoin="round"'
"""Around letters, so that they read on top of lines."""
Spot = tuple[float, float]


def picture(scene: Scene) -> str:
    """The picture as text."""
    spots = places(scene)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" font-family="{FONT}" font-size="13">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        *_heading(scene),
        *_levels(),
    ]
    parts += [_link(scene, link, spots) for link in scene.links if link.a.node in spots and link.b.node in spots]
    parts += [_node(scene, name, spot) for name, spot in spots.items()]
    parts += _area_titles(scene, spots)
    return "\n".join([*parts, *_legend(), "</svg>", ""])


def places(scene: Scene) -> dict[str, Spot]:
    """Where every node stands."""
    middle = (LEFT + WIDTH - RIGHT) / 2
    above = tuple(name for name in scene.province if name in scene.city.site_by_name)
    spots = _row(above, middle - 130, middle + 130, ABOVE_Y)
    spots |= _row((name for name in scene.province if name not in above), middle - 200, middle + 200, PROVINCE_Y)
    spots |= _row(scene.centres, LEFT + 40, middle - 200, SITES_Y)
    spots |= _row(scene.others, middle + 200, WIDTH - RIGHT - 40, SITES_Y)
    spots |= _row(scene.cores, middle - 130, middle + 130, CORE_Y)
    found = areas(scene.city)
    cells = [max(4, len(area.towns)) for area in found]
    step = (WIDTH - LEFT - RIGHT) / max(1, sum(cells) + len(cells))
    begin: float = LEFT
    for area, wide in zip(found, cells, strict=True):
        end = begin + wide * step
        spots |= _row(area.aggregation, begin, end, AREA_Y)
        spots |= _row(area.towns, begin, end, TOWN_Y)
        begin = end + step
    return spots


def _row(names: Iterable[str], begin: float, end: float, y: float) -> dict[str, Spot]:
    """The names side by side, each in the middle of its share."""
    names = tuple(names)
    share = (end - begin) / max(1, len(names))
    return {name: (begin + share * (number + 0.5), y) for number, name in enumerate(names)}


def _heading(scene: Scene) -> list[str]:
    routers = count(scene.node(router.name) for router in scene.city.routers)
    links = count(scene.line(link.name) for link in scene.links)
    facts = _("lab {lab}: {routers} routers and {links} links are up").format(lab=scene.lab, routers=routers, links=links)
    title = f"{scene.city.title.zh}  {scene.city.title.en}"
    lines = [_text(title, (LEFT, 36), size=20, weight="bold"), _text(facts, (LEFT, 60), fill="#444")]
    if scene.broken:
        told = _("broken on purpose: {fault}").format(fault="; ".join(scene.broken[:4]) + (" …" if scene.broken[4:] else ""))
        lines.append(_text(told, (LEFT, 80), fill=COLOURS["down"]))
    return lines


def _levels() -> list[str]:
    """Names of the four levels at the left, on bands that lead the eye."""
    bands = ((_("Province"), 92, 112), (_("City"), 212, 164), (_("Counties"), 442, 76), (_("Towns"), 566, 62))
    parts = []
    for name, top, tall in bands:
        parts.append(f'<rect x="16" y="{top}" width="{WIDTH - 32}" height="{tall}" rx="8" fill="#f5f7f9"/>')
        parts.append(_text(name, (28, top + tall / 2 + 5), size=14, weight="bold", fill="#555"))
    return parts


def _link(scene: Scene, link: Link, spots: Mapping[str, Spot]) -> str:
    (x1, y1), (x2, y2), mark = spots[link.a.node], spots[link.b.node], scene.line(link.name)
    width = 3.2 if link.rate_mbit >= 10_000 else 2.0 if link.rate_mbit >= 1000 else 1.2 if link.rate_mbit >= 100 else 0.8
    dash = f' stroke-dasharray="{DASHES[mark]}"' if DASHES[mark] else ""
    told = f"{link.name}: {scene.details.get(link.name) or mark}"
    line = f'<line x1="{x1:.0f}" y1="{y1:.0f}" x2="{x2:.0f}" y2="{y2:.0f}"'
    drawn = f'{line} stroke="{LINE_COLOURS[mark]}" stroke-width="{width}"{dash}/>'
    cross = _cross(((x1 + x2) / 2, (y1 + y2) / 2), 6, COLOURS["down"]) if mark == "down" else ""
    return f"<g><title>{escape(told)}</title>{drawn}{cross}</g>"


def _node(scene: Scene, name: str, spot: Spot) -> str:
    mark, router = scene.node(name), scene.city.router_by_name.get(name)
    is_town = router is not None and router.role is RouterRole.TOWN
    size, (x, y) = (7 if is_town else 11), spot
    if router:
        shape = f'<circle cx="{x:.0f}" cy="{y}" r="{size}" fill="{COLOURS[mark]}" stroke="#fff" stroke-width="1.5"/>'
    else:
        shape = (
            f'<rect x="{x - 13:.0f}" y="{y - 10}" width="26" height="20" rx="4" fill="{COLOURS[mark]}" stroke="#fff" stroke-width="1.5"/>'
        )
    sign = _cross(spot, size - 4, "#fff") if mark == "down" else ""
    title = f"<title>{escape(f'{name}: {scene.details.get(name) or mark}')}</title>"
    return f"<g>{title}{shape}{sign}</g>{_label(scene, name, spot, is_town=is_town)}"


def _label(scene: Scene, name: str, spot: Spot, *, is_town: bool) -> str:
    """A site's own title above it; a router's name below it, a town's without its county."""
    x, y = spot
    site = scene.city.site_by_name.get(name)
    if site:
        raised = 13 if name in scene.others and scene.others.index(name) % 2 else 0  # neighbours' names would touch
        return _text(name, (x, y - 16 - raised), size=11, anchor="middle")
    short = name.rpartition("-")[2]
    return _text(short if is_town or "agg" in short else name, (x, y + (20 if is_town else 26)), size=9 if is_town else 11, anchor="middle")


def _area_titles(scene: Scene, spots: Mapping[str, Spot]) -> list[str]:
    """Each county's name under its towns; narrow ones take turns at two heights."""
    parts = []
    for number, area in enumerate(areas(scene.city)):
        across = [spots[name][0] for name in (*area.aggregation, *area.towns)]
        parts.append(
            _text(scene.read(area.title), (sum(across) / len(across), 644 + 16 * (number % 2)), size=12, anchor="middle", weight="bold")
        )
    return parts


def _legend() -> list[str]:
    words: dict[Mark, str] = {"up": _("up"), "degraded": _("degraded"), "down": _("down"), "waiting": _("not brought up")}
    parts, x = [], float(LEFT)
    for mark, word in words.items():
        parts.append(f'<circle cx="{x}" cy="{LEGEND_Y}" r="6" fill="{COLOURS[mark]}"/>')
        parts.append(_cross((x, LEGEND_Y), 3, "#fff") if mark == "down" else "")
        parts.append(_text(word, (x + 12, LEGEND_Y + 4), size=12))
        x += 130
    for width, word in ((3.2, "10 Gbit/s"), (2.0, "1 Gbit/s"), (1.2, "100 Mbit/s"), (0.8, _("less"))):
        parts.append(f'<line x1="{x}" y1="{LEGEND_Y}" x2="{x + 30}" y2="{LEGEND_Y}" stroke="#5f7382" stroke-width="{width}"/>')
        parts.append(_text(word, (x + 38, LEGEND_Y + 4), size=12))
        x += 130
    return parts


def _cross(spot: Spot, size: float, colour: str) -> str:
    x, y = spot
    path = f"M{x - size:.0f} {y - size:.0f}L{x + size:.0f} {y + size:.0f}M{x - size:.0f} {y + size:.0f}L{x + size:.0f} {y - size:.0f}"
    return f'<path d="{path}" stroke="{colour}" stroke-width="2.4"/>'


def _text(text: str, spot: Spot, *, size: int = 13, anchor: str = "start", weight: str = "normal", fill: str = "#222") -> str:
    x, y = spot
    style = f'font-size="{size}" text-anchor="{anchor}" font-weight="{weight}" fill="{fill}" {HALO}'
    return f'<text x="{x:.0f}" y="{y:.0f}" {style}>{escape(text)}</text>'
