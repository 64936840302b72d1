"""`citynode net edges`: the city's content edges (CDN): what readers get of them, and their nginx as the city says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.frame import DryRun, Frame, Table, Yes, frame, noun
from cli.net_common import open_here, words
from ops.language import _

if TYPE_CHECKING:
    from network.devices.shells import Shells
    from network.edges.address import EdgeSeen, Fetched
    from network.edges.push import EdgePlan

app = noun("edges", "Content edges (CDN): what readers outside get, and their nginx as the city says.")

Vantage = Annotated[str, typer.Option("--from", metavar="SITE", help="The site to ask from; the internet's side, if left out.")]
Edges = Annotated[list[str] | None, typer.Argument(metavar="[EDGE]...", help="Only these edges, such as cdn1; all, if left out.")]


@app.command("look", epilog="Example: citynode net edges look --from province -o json")
def look(vantage: Vantage = "") -> None:
    """Ask every content edge for its systems' pages, in both families, from a site outside; changes nothing."""
    here = frame()
    from network.edges.address import raise_unserved
    from network.edges.look import is_dual, reader
    from network.edges.look import look as ask

    site = reader(here.city, here.access, vantage)
    here.progress.stage(_("asking {count} edge(s) from {site}").format(count=len(here.city.edges), site=site))
    dual = is_dual(here.city, site, open_here(here).rollout.routers)
    seen = ask(here.city, _shells(here), site, dual=dual)
    here.show({"from": site, "edges": [row.as_data() for row in seen]}, _seen(seen))
    raise_unserved(seen)


@app.command("diff", epilog="Example: citynode net edges diff cdn1")
def diff(edges: Edges = None) -> None:
    """Compare the edges' nginx, written and running, with what the city says; changes nothing, and exits 7 where any differs."""
    here = frame()
    plan = _plan(here, edges)
    here.show(plan.as_data(), _pending(plan))
    if plan.pending:
        raise typer.Exit(7)


@app.command("push", epilog="Example: citynode net edges push cdn1 --dry-run")
def push(edges: Edges = None, dry_run: DryRun = False, yes: Yes = False) -> None:
    """Bring the edges to what the city says, one after the other; one that doesn't take it up goes on with what it had."""
    here = frame()
    from network.edges.push import push_edges

    plan = _plan(here, edges)
    if not dry_run and plan.pending:
        if not here.access.lab:
            here.confirm(_("Change {count} edge(s) of {city}?").format(count=len(plan.pending), city=here.city.name), yes=yes)
        push_edges(here.control, _shells(here), plan)
    here.show({**plan.as_data(), "changed": 0 if dry_run else len(plan.pending)}, _pending(plan))


def _shells(here: Frame) -> Shells:
    from network.devices.shells import SshShells

    return SshShells(here.access.hosts, here.access)


def _plan(here: Frame, edges: list[str] | None) -> EdgePlan:
    from network.edges.push import plan_edges

    here.progress.stage(_("look at the edges' nginx"))
    return plan_edges(here.city, _shells(here), words(edges))


def _pending(plan: EdgePlan) -> Table:
    rows = [(one.edge.name, one.edge.site, one.diff or _("written, but not what runs")) for one in plan.pending]
    return Table(("edge", "site", "diff"), rows)


def _seen(seen: tuple[EdgeSeen, ...]) -> Table:
    rows = [(row.address.edge, row.address.site, row.address.names[-1], _cell(row.ipv4), _cell(row.ipv6)) for row in seen]
    return Table(("edge", "site", "name", "IPv4", "IPv6"), rows)


def _cell(got: Fetched | None) -> str:
    if got is None:
        return _("not carried yet")
    return f"{got.status} {got.cache}, {got.milliseconds:.0f} ms" if got.status else got.error
