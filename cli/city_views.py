"""What `citynode city show` shows: an overview, one list, or one item with its addresses. Rendering only."""

from __future__ import annotations

from typing import Any

from city.addressing import addressing
from city.diff import LISTS
from city.model import City
from city.rules.totals import COUNTS
from cli.frame import Table
from cli.render import Cell
from ops.language import _
from ops.suggest import unknown

COLUMNS: dict[str, tuple[str, ...]] = {
    "places": ("name", "kind", "parent", "title"),
    "organisations": ("name", "kind", "has_room", "title"),
    "planes": ("name", "number", "isolation", "egress", "title"),
    "sites": ("name", "kind", "role", "place", "lan", "title"),
    "routers": ("name", "role", "place", "dialect", "loopback", "lan"),
    "links": ("name", "level", "rate_mbit", "planned_mbit", "ipv4"),
    "systems": ("name", "kind", "department", "state", "mlps", "tier", "plane", "runs_at", "data_gb", "title"),
    "groups": ("name", "systems", "centres", "remote", "rto_seconds", "rpo_seconds"),
}

View = tuple[Any, Table]


def view(city: City, what: str, *, lang: str) -> View:
    """The data and the table for what was asked, titles in this language."""
    if not what:
        return _overview(city)
    if what in LISTS:
        return _list(city, what, lang)
    for key in ("routers", "sites", *LISTS):  # a town and its router share a name: the router is meant
        for item in getattr(city, key):
            if item.name == what:
                return _item(city, key, item.model_dump(mode="json"), lang)
    raise unknown("list or item", what, [*LISTS, *(item.name for key in LISTS for item in getattr(city, key))])


def _overview(city: City) -> View:
    counts = {key: count(city) for key, count in COUNTS.items()} | {"links": len(city.links), "groups": len(city.groups)}
    rows: list[tuple[Cell, ...]] = [(key, value, city.totals.get(key)) for key, value in counts.items()]
    title = f"{city.name}  {city.title.zh}  {city.title.en}"
    return {"city": city.name, "title": city.title.model_dump(), **counts}, Table((_("what"), _("count"), _("plan")), rows, title=title)


def _list(city: City, key: str, lang: str) -> View:
    items = [item.model_dump(mode="json") for item in getattr(city, key)]
    columns = COLUMNS[key]
    return items, Table([_(name) for name in columns], [[_cell(item.get(name), lang) for name in columns] for item in items])


def _item(city: City, key: str, item: dict[str, Any], lang: str) -> View:
    data = {"kind": key.removesuffix("s"), **item}
    if key in ("routers", "sites"):
        data["addresses"] = _addresses(city, item["name"])
    flat = [(name, _cell(value, lang)) for name, value in data.items() if name != "addresses"]
    flat += [(f"{row['interface']} -> {row['peer'] or '-'}", f"{row['ipv4']}  {row['ipv6']}") for row in data.get("addresses", [])]
    return data, Table((_("key"), _("value")), flat)


def _addresses(city: City, node: str) -> list[dict[str, Any]]:
    plan = addressing(city)
    rows: list[dict[str, Any]] = []
    if node in city.router_by_name:
        loopback = plan.loopback(node)
        rows.append({"interface": "lo", "peer": "", "ipv4": f"{loopback.ipv4}/32", "ipv6": f"{loopback.ipv6}/128", "rate_mbit": None})
    rows += [
        {"interface": end.interface, "peer": end.peer, "ipv4": str(end.ipv4), "ipv6": str(end.ipv6), "rate_mbit": end.rate_mbit}
        for end in plan.interfaces(node)
    ]
    lan = plan.lan(node)
    if lan:
        rows.append({"interface": "lan0", "peer": "", "ipv4": str(lan.ipv4), "ipv6": str(lan.ipv6), "rate_mbit": None})
    return rows


def _cell(value: Any, lang: str) -> Cell:
    if isinstance(value, dict):
        return str(value[lang]) if lang in value else str(value)
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return value if value is None or isinstance(value, (str, int, float, bool)) else str(value)
