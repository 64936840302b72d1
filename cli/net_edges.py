"""`citynode net edges`: what readers outside are served by the city's content edges (CDN)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.frame import Table, frame
from cli.net_common import open_here
from ops.language import _

if TYPE_CHECKING:
    from network.edge import EdgeSeen, Fetched

Vantage = Annotated[str, typer.Option("--from", metavar="SITE", help="The site to ask from; the internet's side, if left out.")]


def edges(vantage: Vantage = "") -> None:
    """Ask every content edge for its systems' pages, in both families, from a site outside; changes nothing."""
    here = frame()
    from network.edge import raise_unserved
    from network.edge_look import is_dual, look, reader
    from network.shells import SshShells

    site = reader(here.city, here.access, vantage)
    here.progress.stage(_("asking {count} edge(s) from {site}").format(count=len(here.city.edges), site=site))
    dual = is_dual(here.city, site, open_here(here).rollout.routers)
    seen = look(here.city, SshShells(here.access.hosts, here.access), site, dual=dual)
    here.show({"from": site, "edges": [row.as_data() for row in seen]}, _table(seen))
    raise_unserved(seen)


def _table(seen: tuple[EdgeSeen, ...]) -> Table:
    rows = [(row.address.edge, row.address.site, row.address.names[-1], _cell(row.ipv4), _cell(row.ipv6)) for row in seen]
    return Table(("edge", "site", "name", "IPv4", "IPv6"), rows)


def _cell(got: Fetched | None) -> str:
    if got is None:
        return _("not carried yet")
    return f"{got.status} {got.cache}, {got.milliseconds:.0f} ms" if got.status else got.error
