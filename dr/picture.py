"""A drill's timeline as SVG: a lane a system (writing or out), a lane a centre (primary, standby, silent), its events. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from unicodedata import east_asian_width

from dr.ledger import Ledger, Look, Outcome
from dr.measure import outage

WIDTH, RIGHT, LANE, BAR = 980, 24, 34, 18
FONT_SIZE = 12
COLOURS = {"writes": "#2e8b57", "out": "#c0392b", "primary": "#1f4e8c", "standby": "#b7c9e2", "unreachable": "#d9d9d9"}
_FONT = "font-family=\"'Noto Sans CJK SC','Source Han Sans SC','Microsoft YaHei',sans-serif\""


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of a lane, in seconds from the request."""

    begin: float
    end: float
    kind: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Scale:
    """Where a moment stands across the picture; what lies outside is drawn at its edge."""

    left: float
    begin: float
    end: float

    def __call__(self, seconds: float) -> float:
        return self.left + (min(max(seconds, self.begin), self.end) - self.begin) / (self.end - self.begin) * (WIDTH - self.left - RIGHT)


def draw(
    ledger: Ledger,
    systems: Sequence[str],
    members: Sequence[str],
    moments: Sequence[Mapping[str, object]],
    words: Mapping[str, str],
    title: Callable[[str], str] = str,
) -> str:
    """The picture; an empty string where the ledger doesn't say when the switchover was asked for."""
    requested = ledger.event("requested")
    if requested is None:
        return ""
    origin = requested.at
    latest = max((float(str(each["seconds"])) for each in moments), default=1.0)
    lanes = [(title(name), system_bars(ledger, name, origin)) for name in systems]
    lanes += [(title(name), member_bars(ledger.looks, name, origin)) for name in members]
    across = Scale(max(150.0, *(text_width(name) + 24 for name, _bars in lanes)), -2.0, max(latest + 1.5, 4.0))
    top = 34 + 15 * len(moments)
    height = top + LANE * len(lanes) + 78
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" {_FONT} font-size="{FONT_SIZE}">']
    parts += _lanes(lanes, across, top)
    parts += _moments(moments, words, across, top + LANE * len(lanes))
    parts += _axis(across, top + LANE * len(lanes), words["seconds-axis"])
    parts += _legend(words, across.left, height - 14)
    return "\n".join([*parts, "</svg>"])


def text_width(text: str) -> float:
    """About how wide the text is drawn: a Chinese character is as wide as it is high, a Latin one little over half of that."""
    return sum(FONT_SIZE if east_asian_width(char) in "WF" else 0.56 * FONT_SIZE for char in text)


def system_bars(ledger: Ledger, system: str, origin: float) -> list[Bar]:
    """Green where writes succeed, red the outage."""
    good = sorted(write.acked for write in ledger.of(system) if write.outcome is Outcome.OK)
    gap = outage(ledger.of(system), origin)
    if not good or gap is None:
        return [Bar(good[0] - origin, good[-1] - origin, "writes")] if good else []
    return [
        Bar(good[0] - origin, gap.last_good - origin, "writes"),
        Bar(gap.last_good - origin, gap.first_good - origin, "out", f"{gap.seconds:.2f} s"),
        Bar(gap.first_good - origin, good[-1] - origin, "writes"),
    ]


def member_bars(looks: Iterable[Look], member: str, origin: float) -> list[Bar]:
    """One bar for each stretch of equal answers."""
    bars: list[Bar] = []
    for look in sorted((look for look in looks if look.member == member), key=lambda look: look.sent):
        at = look.received - origin
        if bars and bars[-1].kind == look.role:
            bars[-1] = Bar(bars[-1].begin, at, look.role)
        else:
            bars.append(Bar(bars[-1].end if bars else at, at, look.role))
    return bars


def _lanes(lanes: Sequence[tuple[str, list[Bar]]], across: Scale, top: float) -> list[str]:
    parts = []
    for number, (name, bars) in enumerate(lanes):
        y = top + LANE * number
        parts.append(f'<text x="{across.left - 10:.1f}" y="{y + 14}" text-anchor="end">{escape(name)}</text>')
        for bar in bars:
            if bar.end < across.begin or bar.begin > across.end:
                continue
            x, width = across(bar.begin), max(across(bar.end) - across(bar.begin), 0.8)
            parts.append(f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{BAR}" fill="{COLOURS.get(bar.kind, "#999")}"/>')
            if bar.label:
                parts.append(
                    f'<text x="{x + width / 2:.1f}" y="{y + 13}" text-anchor="middle" fill="#fff" font-weight="bold">{bar.label}</text>'
                )
    return parts


def _moments(moments: Sequence[Mapping[str, object]], words: Mapping[str, str], across: Scale, bottom: float) -> list[str]:
    """A line down through the lanes and a label on a step of its own: labels never cover each other."""
    parts = []
    for number, each in enumerate(moments):
        seconds = float(str(each["seconds"]))
        x, y = across(seconds), 16 + 15 * number
        text = f"{seconds:+.2f} s  {words.get(str(each['event']), str(each['event']))}"
        side, offset = ("end", -5) if x > WIDTH * 0.72 else ("start", 5)
        parts.append(
            f'<line x1="{x:.1f}" y1="{y - 9}" x2="{x:.1f}" y2="{bottom}" stroke="#555" stroke-width="0.7" stroke-dasharray="3 2"/>'
        )
        parts.append(f'<text x="{x + offset:.1f}" y="{y}" text-anchor="{side}" fill="#222">{escape(text)}</text>')
    return parts


def _axis(across: Scale, y: float, label: str) -> list[str]:
    begin, end = across.begin, across.end
    step = next(each for each in (1, 2, 5, 10, 30, 60, 300) if (end - begin) / each <= 16 or each == 300)
    parts = [f'<line x1="{across.left:.1f}" y1="{y}" x2="{WIDTH - RIGHT}" y2="{y}" stroke="#333"/>']
    first = int(begin // step) * step
    for tick in range(first, int(end) + 1, step):
        if tick >= begin:
            parts.append(f'<line x1="{across(tick):.1f}" y1="{y}" x2="{across(tick):.1f}" y2="{y + 5}" stroke="#333"/>')
            parts.append(f'<text x="{across(tick):.1f}" y="{y + 18}" text-anchor="middle">{tick}</text>')
    parts.append(f'<text x="{(across.left + WIDTH - RIGHT) / 2:.1f}" y="{y + 36}" text-anchor="middle" fill="#555">{escape(label)}</text>')
    return parts


def _legend(words: Mapping[str, str], x: float, y: float) -> list[str]:
    parts = []
    for kind, colour in COLOURS.items():
        parts.append(f'<rect x="{x:.1f}" y="{y - 10}" width="12" height="12" fill="{colour}"/>')
        parts.append(f'<text x="{x + 17:.1f}" y="{y}">{escape(words[kind])}</text>')
        x += 140
    return parts
