"""The plan of waves as a picture: a row a system, its pre-copy ahead, its cutover in the night; SVG, PNG or PDF by the file's name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from migrate.calendar import CITY_TIME
from ops.errors import UsageProblem
from ops.language import _

if TYPE_CHECKING:
    from datetime import datetime

    from matplotlib.axes import Axes

    from migrate.planning.plan import Plan

FORMS = (".svg", ".png", ".pdf")
FONTS = ("Noto Sans CJK SC", "Source Han Sans SC", "Microsoft YaHei", "DejaVu Sans")
COPY, KEEP, CUTOVER, NIGHT = "#7aa6d6", "#d9e5f2", "#c0392b", "#f3f1ea"


def draw(plan: Plan, file: Path, titles: Mapping[str, str]) -> Path:
    """The picture of the plan in this file; `titles` are the systems' names as people read them."""
    if file.suffix.lower() not in FORMS:
        raise UsageProblem(_("'{file}' is no picture's name").format(file=file), hint=_("one of: {names}").format(names=", ".join(FORMS)))
    from matplotlib import font_manager, rc_context
    from matplotlib.figure import Figure

    installed = {font.name for font in font_manager.fontManager.ttflist}
    style: dict[Any, Any] = {
        "font.family": [name for name in FONTS if name in installed],
        "svg.hashsalt": plan.hash,
        "svg.fonttype": "none",
    }
    with rc_context(style):
        figure = Figure(figsize=(13, 1.6 + 0.22 * max(4, len(plan.slots))), layout="constrained")
        _bars(figure.subplots(), plan, titles)
        figure.savefig(file, dpi=110, metadata={"Date": None} if file.suffix.lower() == ".svg" else None)
    return file


def _day(moment: datetime) -> float:
    """The moment as matplotlib counts: days."""
    from matplotlib.dates import date2num

    return float(date2num(moment))  # type: ignore[no-untyped-call]


def _bars(axes: Axes, plan: Plan, titles: Mapping[str, str]) -> None:
    from matplotlib.dates import DateFormatter
    from matplotlib.patches import Patch

    def bar(row: int, begin: datetime | None, end: datetime | None, color: str, *, least: float = 0.0) -> None:
        if begin is not None and end is not None:
            axes.barh(row, max(_day(end) - _day(begin), least), left=_day(begin), height=0.72, color=color, zorder=3)

    days = (_day(max((planned.cutover_end for planned in plan.slots), default=plan.end)) - _day(plan.begin)) or 1
    for night in {planned.window: planned.cutover_start for planned in plan.slots}.values():
        axes.axvline(_day(night), color=NIGHT, linewidth=7, zorder=1)
    for row, planned in enumerate(plan.slots):
        bar(row, planned.precopy_end, planned.cutover_start, KEEP)
        bar(row, planned.precopy_start, planned.precopy_end, COPY, least=days / 300)
        bar(row, planned.cutover_start, planned.cutover_end, CUTOVER, least=days / 150)
    axes.set_yticks(range(len(plan.slots)), [titles.get(planned.system, planned.system) for planned in plan.slots], fontsize=8)
    axes.set_ylim(len(plan.slots) - 0.4, -0.6)
    axes.set_xlim(_day(plan.begin), _day(plan.begin) + days * 1.02)
    axes.xaxis.set_major_formatter(DateFormatter("%m-%d", tz=CITY_TIME))  # type: ignore[no-untyped-call]
    axes.grid(axis="x", color="#dddddd", linewidth=0.6, zorder=0)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    words = {COPY: _("pre-copy"), KEEP: _("keeping up"), CUTOVER: _("cutover")}
    axes.legend(handles=[Patch(color=color, label=word) for color, word in words.items()], loc="upper right", frameon=False, ncols=3)
    title = _("{count} systems in {nights} nights from {begin}; plan {hash}")
    axes.set_title(
        title.format(count=len(plan.slots), nights=len(plan.waves), begin=f"{plan.begin:%Y-%m-%d}", hash=plan.hash[:12]),
        loc="left",
        fontsize=11,
    )
