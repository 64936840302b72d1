"""The quorum's health, member by member.

A member's own word isn't enough: a replica that Patroni calls running may be stuck behind a timeline switch for minutes.
A standby is up when its primary streams to it, and the same-city standby only when its stream is synchronous.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from lab.quorum import client
from ops.language import _

if TYPE_CHECKING:
    from lab.quorum.layout import Layout, Member


@dataclass(frozen=True, slots=True)
class View:
    """One look at all members."""

    dcs: dict[str, bool]
    patroni: dict[str, dict[str, Any] | None]
    primary: str | None
    standbys: tuple[client.Standby, ...] | None


@dataclass(frozen=True, slots=True)
class MemberHealth:
    centre: str
    state: Literal["up", "degraded", "down"]
    detail: str


def look(layout: Layout, password: str) -> View:
    """Ask every member once."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(max_workers=2 * len(layout.members)) as pool:
        dcs = dict(zip(layout.members, pool.map(client.is_dcs_healthy, layout.members), strict=True))
        patroni = dict(zip(layout.members, pool.map(client.patroni_state, layout.members), strict=True))
    leading = next((member for member, state in patroni.items() if client.is_primary(state)), None)
    found = client.standbys(leading, password) if leading else None
    return View(
        dcs={member.centre: ok for member, ok in dcs.items()},
        patroni={member.centre: state for member, state in patroni.items()},
        primary=leading.centre if leading else None,
        standbys=None if found is None else tuple(found),
    )


def judge_dcs(layout: Layout, view: View) -> list[MemberHealth]:
    return [
        MemberHealth(each.centre, *(("up", _("votes")) if view.dcs[each.centre] else ("down", _("no answer")))) for each in layout.members
    ]


def judge_postgres(layout: Layout, view: View) -> list[MemberHealth]:
    return [_judge_member(each, view) for each in layout.members]


def is_settled(layout: Layout, view: View) -> bool:
    """Everyone up: one primary, all others streaming, a synchronous one among them."""
    return all(health.state == "up" for health in (*judge_dcs(layout, view), *judge_postgres(layout, view)))


def _judge_member(member: Member, view: View) -> MemberHealth:
    state = view.patroni[member.centre]
    if state is None:
        return MemberHealth(member.centre, "down", _("Patroni does not answer"))
    if view.primary == member.centre:
        return _judge_primary(member, view, state)
    says = state.get("state", "unknown")
    if view.standbys is None:
        return MemberHealth(member.centre, "degraded", _("{state}, and no primary is known").format(state=says))
    seen = next((each for each in view.standbys if each.name == member.centre), None)
    if seen is None or not seen.is_streaming:
        word = seen.state if seen else _("it does not know it")
        told = _("not streaming (Patroni: {state}; the primary: {word})").format(state=says, word=word)
        return MemberHealth(member.centre, "degraded", told)
    is_fine = member.is_remote or seen.sync_state in ("sync", "quorum")
    told = _("standby, streaming, {sync}, {count} bytes behind").format(sync=seen.sync_state, count=seen.lag_bytes)
    return MemberHealth(member.centre, "up" if is_fine else "degraded", told)


def _judge_primary(member: Member, view: View, state: dict[str, Any]) -> MemberHealth:
    if view.standbys is None:
        return MemberHealth(member.centre, "degraded", _("primary that refuses SQL"))
    timeline = state.get("timeline", "?")
    synchronous = [each.name for each in view.standbys if each.sync_state in ("sync", "quorum")]
    if not synchronous:
        return MemberHealth(
            member.centre, "degraded", _("primary, timeline {timeline}, no synchronous standby: commits wait").format(timeline=timeline)
        )
    return MemberHealth(
        member.centre,
        "up",
        _("primary, timeline {timeline}, synchronous standby {standby}").format(timeline=timeline, standby=synchronous[0]),
    )
