"""How rounds of polling and the use of links look to people. Rendering only."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence

from cli.frame import Frame, Table
from cli.render import to_yaml
from monitoring.model import Round
from monitoring.query import LinkUse
from monitoring.rates import Rate
from monitoring.targets import Line
from ops.language import N_, WORD, _
from ops.plan import plain

BAR_CELLS = 20


def show_round(here: Frame, round_: Round, rates: Sequence[Rate], table: Table, *, alone: bool) -> None:
    """Print a round; where more may come, each is a line of JSON or a document of YAML, so that a reader knows where it ends."""
    data = {"city": here.city.name, **round_.as_data(), "rates": [rate.as_data() for rate in rates]}
    form = here.settings.output
    if alone or form not in ("json", "yaml"):
        here.show(data, table)
        return
    sys.stdout.write(json.dumps(plain(data), ensure_ascii=False) + "\n" if form == "json" else f"---\n{to_yaml(data)}")
    sys.stdout.flush()


def round_table(round_: Round) -> Table:
    """A row a device; what failed stands first, with its reason and the next step."""
    rows = []
    for outcome in sorted(round_.outcomes, key=lambda outcome: outcome.reading is not None):
        data = outcome.as_data()
        interfaces = f"{data['interfaces_up']}/{data['interfaces']}" if outcome.reading else None
        why = f"{data['error']} ({data['hint']})" if outcome.problem else ""
        uptime = round(outcome.reading.uptime_seconds) if outcome.reading else None
        rows.append(
            (
                outcome.device,
                N_("ok", WORD) if outcome.reading else N_("failed", WORD),
                interfaces,
                uptime,
                round(outcome.seconds * 1000),
                why,
            )
        )
    return Table(("device", "state", "interfaces", "uptime s", "ms", "error"), rows, note=_summary(round_), words=("state",))


def rates_table(round_: Round, rates: Sequence[Rate], lines: Mapping[tuple[str, str], Line]) -> Table:
    """A row an interface, the busiest first; where no rate can be known, why."""
    ordered = sorted(rates, key=lambda rate: -max(rate.in_mbit or 0, rate.out_mbit or 0))
    rows = []
    for rate in ordered:
        line = lines.get((rate.device, rate.interface))
        rows.append(
            (
                rate.device,
                rate.interface,
                line.peer if line else "",
                rate.in_mbit,
                rate.out_mbit,
                line.rate_mbit if line else None,
                rate.gap or "",
            )
        )
    columns = ("device", "interface", "peer", "in Mbit/s", "out Mbit/s", "carries", "gap")
    return Table(columns, rows, note=_summary(round_), words=("gap",))


def top_table(uses: Sequence[LinkUse], *, note: str) -> Table:
    """A row a link with a bar of its busier direction."""
    rows = [
        (use.link, use.level, use.rate_mbit, use.forward_mbit, use.backward_mbit, round(use.utilisation * 100, 1), _bar(use.utilisation))
        for use in uses
    ]
    columns = ("link", "level", "carries Mbit/s", "there Mbit/s", "back Mbit/s", "use %", "")
    return Table(columns, rows, note=note)


def _bar(share: float) -> str:
    full = round(min(share, 1.0) * BAR_CELLS)
    return "█" * full + "·" * (BAR_CELLS - full)


def _summary(round_: Round) -> str:
    text = _("{answered} of {devices} devices answered in {seconds:.2f} s, {interfaces} interfaces")
    data = round_.as_data()
    return text.format(answered=data["answered"], devices=data["devices"], seconds=round_.seconds, interfaces=data["interfaces"])
