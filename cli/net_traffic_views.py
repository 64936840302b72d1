"""What `citynode net traffic` shows to people: tables only, nothing is decided here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cli.frame import Table
from ops.language import _

if TYPE_CHECKING:
    from network.traffic.plan import TrafficPlan

ROWS = 20


def plan_table(found: TrafficPlan) -> Table:
    """A row a line, the busiest first; the changed costs below."""
    rows = [
        (before.link, before.rate_mbit, f"{before.use:.0%}", f"{after.use:.0%}", round(after.there, 1), round(after.back, 1))
        for before, after in found.lines()[:ROWS]
    ]
    data = found.as_data(most=1)
    changes = [
        _("  {link}: cost {before} -> {after}").format(link=change["link"], before=change["before"], after=change["after"])
        for change in data["changes"]
    ]
    title = _("busiest line {before:.0%} -> {after:.0%}; at the worst single failure {worst_before:.0%} -> {worst_after:.0%}").format(
        before=data["busiest_before"], after=data["busiest_after"], worst_before=data["worst_before"], worst_after=data["worst_after"]
    )
    note = "\n".join([_("changed costs:"), *changes]) if changes else _("no cost is changed: nothing that was tried relieves a busy line")
    return Table(("line", "carries Mbit/s", "before", "after", "there Mbit/s", "back Mbit/s"), rows, title=title, note=note)
