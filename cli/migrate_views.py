"""Moves as tables for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cli.render import Table
from ops.language import N_, _, step_name, word

if TYPE_CHECKING:
    from migrate.run import Planned


def plan_table(planned: Planned) -> Table:
    """The steps, and what stands in the way."""
    from migrate.run import plan_steps

    move = planned.move
    rows = [(number, step_name(name), text) for number, (name, text) in enumerate(plan_steps(), start=1)]
    bad = [f"{each.name}: {each.detail} ({each.hint})" for each in planned.checks if not each.ok]
    size = round((planned.facts["database_bytes"] + planned.facts["files_bytes"]) / 1e6, 1)
    copying = _("{size} MB over {share} of {link} Mbit/s: about {seconds} s").format(
        size=size, share=move.share_mbit, link=move.link_mbit, seconds=planned.seconds
    )
    note = "\n".join([copying, *(bad or [_("every precondition holds now")])])
    return Table(("", "step", "reaches"), rows, title=f"{move.system.name}: {move.source} -> {move.target}", note=note)


def moved_table(done: dict[str, Any]) -> Table:
    """One move's or rollback's figures."""
    rows = [(_(label), done.get(key)) for key, label in _FIGURES if done.get(key) is not None]
    return Table(("figure", "value"), rows, title=f"{done['system']}: {done['from']} -> {done['to']}: {word(done['state'])}")


_FIGURES = (
    ("bytes", N_("bytes over the link")),
    ("rate_mbit", N_("rate (Mbit/s)")),
    ("rate_p95_mbit", N_("rate, 95 of 100 seconds (Mbit/s)")),
    ("share_mbit", N_("share of the link (Mbit/s)")),
    ("outage_seconds", N_("outage that users saw (s)")),
    ("lost_writes", N_("acknowledged writes lost")),
    ("seconds", N_("the whole (s)")),
)


def status_table(found: Sequence[dict[str, Any]]) -> Table:
    """All moves, a line each."""
    keys = ("system", "state", "source", "target", "bytes", "rate_mbit", "outage_seconds", "lost_writes")
    rows = [tuple(each.get(key) for key in keys) for each in found]
    return Table(("system", "state", "from", "to", "bytes", "Mbit/s", "outage (s)", "lost writes"), rows, words=("state",))
