"""What `citynode net` facts, render and simulate show to people: tables only, nothing is decided here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cli.frame import Table
from ops.language import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from network.facts import Gathered
    from network.render import Rendered
    from network.simulate.main import Simulation

ROWS = 15


def facts_table(found: Gathered) -> Table:
    """A row a router."""
    rows = [
        (
            one.device,
            one.dialect,
            one.version,
            one.uptime,
            one.interfaces,
            one.neighbours_v4,
            one.neighbours_v6,
            one.addresses_v4,
            one.addresses_v6,
        )
        for one in found.facts
    ]
    columns = ("device", "dialect", "version", "uptime", "interfaces", "IPv4 neighbours", "IPv6 neighbours", "IPv4", "IPv6")
    return Table(columns, rows, note="\n".join(f"{device}: {error}" for device, error in found.failed))


def rendered_table(found: Sequence[Rendered]) -> Table:
    """The texts themselves, below a row a router."""
    rows = [(one.device, one.dialect, len(one.text.splitlines())) for one in found]
    return Table(("device", "dialect", "lines"), rows, note="\n".join(f"\n! {one.device}\n{one.text}" for one in found))


def simulation_table(found: Simulation) -> Table:
    """The busiest lines; above them the promises, below what is broken."""
    verdict = found.verdict
    words = {"reach": _("reach"), "survive": _("reach under any single failure")}
    title = "\n".join(
        _("{promise} over {family}: {before:.1%} before, {after:.1%} after").format(
            promise=words[one.name], family=one.of.over, before=one.before, after=one.after
        )
        for one in verdict.promises
    )
    rows = []
    for worst in verdict.busiest[:ROWS]:
        load, before = verdict.after.loads[worst.load.link], verdict.before.loads[worst.load.link]
        rows.append(
            (load.link, load.rate_mbit, _percent(before.use), _percent(load.use), _percent(worst.load.use), str(worst.when) or None)
        )
    notes = [
        _("{changed} of {devices} routers would route otherwise; simulated in {seconds:.1f} s").format(
            changed=len(found.changed), devices=len(verdict.after.city.routers), seconds=found.seconds
        )
    ]
    notes += [_("not read, and taken to carry nothing: {names}").format(names=", ".join(found.unread))] if found.unread else []
    notes += [_("broken by this change: {what}").format(what=one) for one in verdict.broken[:ROWS]]
    notes += [_("broken already: {count} (see -o json)").format(count=len(verdict.already))] if verdict.already else []
    columns = ("link", "carries Mbit/s", "before", "after", "worst", "when this fails")
    return Table(columns, rows, title=title, note="\n".join(notes))


def _percent(share: float) -> str:
    return f"{share:.0%}"
