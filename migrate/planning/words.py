"""A refusal in words: why a system has no place in the plan, and what would resolve it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ops.language import _

Facts = Mapping[str, Any]


def say(code: str, facts: Facts) -> tuple[str, str]:
    """Why, and what would resolve it."""
    words = {
        "write-rate": _write_rate,
        "no-night": _no_night,
        "window-too-short": _too_short,
        "precopy-too-late": _too_late,
        "needs": _needs,
        "not-to-move": _not_to_move,
        "clash": _clashing,
    }
    return words[code](facts)


def _write_rate(facts: Facts) -> tuple[str, str]:
    why = _(
        "its data changes at {write_mbit:g} Mbit/s and moves may take {share_mbit:g} of the link of {site}: a copy would never catch up"
    )
    return why.format_map(facts), _("a faster link for {site}, or disks carried over while the system stands still").format_map(facts)


def _no_night(facts: Facts) -> tuple[str, str]:
    if facts["earliest"] and facts["earliest"] > facts["until"]:
        why = _("its earliest date {earliest} lies after this plan's end on {until}").format_map(facts)
        return why, _("plan further ahead (--weeks), or an earlier date")
    earliest, latest = facts["earliest"] or _("its begin"), facts["latest"] or facts["until"]
    why = _("no cutover is permitted from {earliest} to {latest} in this plan").format(earliest=earliest, latest=latest)
    return why, _("other dates, or another window for the city")


def _too_short(facts: Facts) -> tuple[str, str]:
    why = _("its cutover takes {cutover_hours:g} h for {data_gb:g} GB with the time to go back, the longest window has {window_hours:g} h")
    return why.format_map(facts), _("a longer window for the city, or dates that have one")


def _too_late(facts: Facts) -> tuple[str, str]:
    told = {**facts, "ready": facts["ready"][:16].replace("T", " "), "until": facts["latest"] or facts["until"]}
    why = _("{data_gb:g} GB from {site} at {rate_mbit:g} Mbit/s take {copy_hours:g} h and are settled on {ready}: too late for {until}")
    if facts["before"]:
        told["needs"] = ", ".join(facts["before"])
        why = _(
            "it needs {needs}, copied over the same link first; with its {copy_hours:g} h it is settled on {ready}: too late for {until}"
        )
    if facts["first_night"] is None:
        return why.format_map(told), _("plan further ahead (--weeks), a faster link, or disks carried over")
    return why.format_map(told), _("--latest {first_night} or later, a faster link, or disks carried over").format_map(told)


def _needs(facts: Facts) -> tuple[str, str]:
    names = ", ".join(facts["needs"])
    why = _("it needs {names}, which has no place in this plan").format(names=names)
    return why, _("a place for {names} first").format(names=names)


def _not_to_move(facts: Facts) -> tuple[str, str]:
    why = _("it isn't in the city's catalogue, or it runs on the node by now")
    return why, f"citynode migrate slots cancel {facts['slot']}"


def _clashing(facts: Facts) -> tuple[str, str]:
    named = [_described(each) for each in facts["with"]]
    others = ", ".join(named[:8]) or _("what was placed before it")
    if len(named) > 8:
        others = _("{names} and {count} more").format(names=others, count=len(named) - 8)
    why = _("it clashes with {others}: links, nights and {per_window} cutovers a window don't suffice for all of them")
    ways = []
    if facts["first_free_night"]:
        ways.append(_("--latest {first_free_night} or later, the others stay where they are").format_map(facts))
    if facts["one_more_hand"]:
        ways.append(_("one more cutover a window (--per-window {count})").format(count=facts["per_window"] + 1))
    ways.append(_("other dates for one of them"))
    return why.format(others=others, per_window=facts["per_window"]), "; ".join(ways)


def _described(involved: Facts) -> str:
    if not (involved["earliest"] or involved["latest"]):
        return str(involved["system"])
    dates = " - ".join(str(involved[key] or "…") for key in ("earliest", "latest"))
    return f"{involved['system']} ({dates})"
