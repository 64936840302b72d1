"""How each group stands: who is what, how far behind, when last drilled, whether it could keep its promise now.

It speaks from what members answer at this moment and from the kept drills; what isn't known is said to be unknown. A group whose last
drill did not pass is not ready: nothing has shown since that it could keep its promise.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from dr import workspace
from dr.backups import Backups, read_backups
from dr.checks import leftovers_check, switchover_checks
from dr.findings import say
from dr.observe import Observed, observe
from dr.topology import Topology, topology
from ops.errors import CitynodeError, UsageProblem
from ops.language import N_, WORD, _

if TYPE_CHECKING:
    from collections.abc import Mapping

    from city.model import City
    from dr.store import Drills
    from dr.unfinished import Unfinished
    from ops.access import Access


NO_BACKUPS = Backups()


@dataclass(frozen=True, slots=True)
class MemberStatus:
    centre: str
    role: str
    state: str
    sync: str
    lag_bytes: int | None
    lag_seconds: float | None
    timeline: int | None


@dataclass(frozen=True, slots=True)
class GroupStatus:
    """One group at a glance."""

    group: str
    members: tuple[MemberStatus, ...]
    ready: bool
    problems: tuple[str, ...]
    if_failed_now: str
    promised_rto_seconds: float
    promised_rpo_seconds: float
    last_drill: dict[str, Any] | None
    last_backup: str
    """What the backup repository says of its systems."""
    unfinished_drill: dict[str, Any] | None = None


def read_status(
    city: City, access: Access, drills: Drills, unfinished: Mapping[str, Unfinished], group: str = "", lang: str = "en"
) -> tuple[GroupStatus, ...]:
    """The status of one group, or of all; groups are asked in parallel. What a drill found wrong is said in this language."""

    def ask(where: Topology) -> GroupStatus:
        name, seen = where.group.name, observe(where)
        begun = unfinished.get(name)
        status = group_status(where, seen, drills.last(name), kept.result(), lang)
        return with_drills(status, begun, _left(where, seen, begun))

    names = [group] if group else [each.name for each in city.groups]
    places = [topology(city, access, name) for name in names]
    if not places:
        raise UsageProblem(_("the city has no DR group"), hint=_("add one to groups.yaml"))
    with ThreadPoolExecutor(max_workers=4) as pool:
        kept = pool.submit(read_backups, access)
        return tuple(pool.map(ask, places))


def group_status(
    where: Topology, seen: Observed, last: dict[str, Any] | None, backups: Backups = NO_BACKUPS, lang: str = "en"
) -> GroupStatus:
    """What these answers mean for the group. Pure."""
    scope = seen.cluster.scope if seen.cluster else ""
    if scope and scope != where.group.name:  # the access file's databases are another group's
        found = (_("its databases are not reached by this access file (found: {scope})").format(scope=scope),)
        return _status(where, (), (*found, *drill_problems(where, last, lang)), _("unknown"), last, backups)
    source = seen.primary or where.candidates[0]
    target = where.other(source) if source in where.candidates else where.candidates[0]
    problems = tuple(check.detail for check in switchover_checks(where, seen, source, target) if check.must and not check.ok)
    members = tuple(_member(where, seen, centre) for centre in where.names)
    return _status(where, members, (*problems, *drill_problems(where, last, lang)), if_failed_now(where, seen), last, backups)


def drill_problems(where: Topology, last: dict[str, Any] | None, lang: str = "en") -> tuple[str, ...]:
    """Why the last drill leaves the group in doubt: it did not pass, or took longer than is promised today."""
    if last is None:
        return ()
    found = []
    if not last["passed"]:
        text = _("the last drill, {drill}, did not pass: {findings}; mend that, then: citynode dr drill run {kind} --group {group}")
        findings = "; ".join(say(each, lang) for each in last["findings"])
        found.append(text.format(drill=last["drill"], findings=findings, kind=last["kind"], group=where.group.name))
    rto = slowest(last)
    if last["passed"] and rto is not None and rto > where.group.rto_seconds:
        found.append(_("the last drill took {rto:g} s, promised are {promised:g} s").format(rto=rto, promised=where.group.rto_seconds))
    return tuple(found)


def slowest(last: dict[str, Any]) -> float | None:
    """The longest outage of a drill's systems; None where one of them never came back."""
    outages = [each["rto_seconds"] for each in last["systems"]]
    return None if None in outages else max(outages, default=None)


def with_drills(status: GroupStatus, unfinished: Unfinished | None, left: tuple[str, ...]) -> GroupStatus:
    """The status with the drill that has no end, and with what ended ones left in the databases. Pure."""
    found = [unfinished.says()] if unfinished else []
    remains = leftovers_check(left, status.group)
    if not remains.ok:
        found.append(f"{remains.detail} ({remains.hint})")
    problems = (*status.problems, *found)
    return replace(status, ready=not problems, problems=problems, unfinished_drill=unfinished.as_data() if unfinished else None)


def if_failed_now(where: Topology, seen: Observed) -> str:
    """What would happen if the primary's centre went dark at this moment."""
    ttl = int(seen.settings.get("ttl", 30))
    if not seen.primary:
        return _("nobody accepts writes now")
    heirs = [name for name in seen.synchronous if name in where.candidates]
    if heirs:
        return _("{heir} takes over by itself within about {ttl} s; no acknowledged write is lost").format(heir=heirs[0], ttl=ttl)
    if where.group.remote in seen.synchronous:
        return _("nobody takes over: acknowledged writes are held by {remote} only, which is no candidate").format(
            remote=where.group.remote
        )
    if seen.settings.get("synchronous_mode_strict"):
        return _("nobody takes over by itself; writes wait now because no standby is synchronous")
    return _("acknowledged writes would be lost: no standby is synchronous")


def _left(where: Topology, seen: Observed, unfinished: Unfinished | None) -> tuple[str, ...]:
    """What drills of this group left in the databases, without what the unfinished one still needs."""
    import psycopg

    if not seen.primary or (seen.cluster and seen.cluster.scope != where.group.name):
        return ()
    try:
        found = workspace.leftovers(where.node(seen.primary), workspace.group_prefix(where.group.name))
    except (CitynodeError, psycopg.Error):  # it broke off meanwhile, as a primary does that hands over
        return ()
    return tuple(each for each in found if not unfinished or unfinished.workspace not in each)


def _member(where: Topology, seen: Observed, centre: str) -> MemberStatus:
    view = seen.member(centre)
    known = view.cluster.member(centre) if view.cluster else None
    timeline = view.facts.timeline if view.facts else None
    if view.facts is None:
        return MemberStatus(centre, N_("unknown", WORD), N_("unreachable", WORD), "-", None, None, timeline)
    if not view.facts.is_standby:
        return MemberStatus(centre, N_("primary", WORD), known.state if known else N_("running", WORD), "-", 0, 0.0, timeline)
    role = N_("standby", WORD) if centre in where.candidates else N_("remote", WORD)
    stream = seen.stream(centre)
    if stream is None:
        return MemberStatus(centre, role, N_("not streaming", WORD), "-", None, None, timeline)
    return MemberStatus(centre, role, stream.state, stream.sync_state, stream.lag_bytes, round(stream.lag_seconds, 3), timeline)


def _status(
    where: Topology, members: tuple[MemberStatus, ...], problems: tuple[str, ...], fate: str, last: dict[str, Any] | None, backups: Backups
) -> GroupStatus:
    short = {key: last.get(key) for key in ("drill", "kind", "began", "passed", "from", "to")} if last else None
    if last and short is not None:
        short["rto_seconds"] = slowest(last)
    group = where.group
    kept = backups.says(group.systems)
    return GroupStatus(group.name, members, not problems, problems, fate, group.rto_seconds, group.rpo_seconds, short, kept)
