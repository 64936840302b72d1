"""What must hold before a group may switch: the same checks for a drill and for the real thing. Pure.

Each check has a name, whether it holds, what was seen, and what to do. A check that isn't `must` is shown and doesn't stop.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dr.unfinished import give_up
from ops.errors import CitynodeError, PolicyRefused, Unreachable
from ops.language import _
from ops.plan import JsonObject

if TYPE_CHECKING:
    from dr.observe import Observed
    from dr.topology import Topology

MAX_LAG_BYTES = 16 * 1024**2
MAX_TRANSACTION_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Check:
    """One precondition."""

    name: str
    ok: bool
    detail: str
    hint: str = ""
    must: bool = True
    error: type[CitynodeError] = PolicyRefused
    seen: str = ""
    """The figure or name behind `detail`, without words: a report shows it in every language."""

    def as_data(self) -> JsonObject:
        return {name: getattr(self, name) for name in ("name", "ok", "detail", "hint", "must", "seen")}


def switchover_checks(topology: Topology, observed: Observed, source: str, target: str) -> tuple[Check, ...]:
    """The preconditions of a planned switchover from one city centre to the other."""
    checks = [each for rule in _RULES for each in rule(topology, observed)]
    return (*checks, *_target_checks(topology, observed, source, target))


def leftovers_check(rest: Sequence[str], group: str) -> Check:
    """Whether earlier drills removed everything that they made in the databases."""
    return Check(
        "no-leftovers",
        not rest,
        _("left of an earlier drill: {rest}").format(rest=", ".join(rest)) if rest else _("no earlier drill left anything"),
        give_up(group),
        seen=str(len(rest)),
    )


def refuse_unless_ready(checks: tuple[Check, ...], group: str) -> None:
    """Raise one error that names every precondition that doesn't hold, with the first one's next step."""
    failed = [check for check in checks if check.must and not check.ok]
    if failed:
        first = next((check for check in failed if check.error is Unreachable), failed[0])
        what = _("group {group} is not ready to switch").format(group=group)
        raise first.error(what, why="; ".join(check.detail for check in failed), hint=first.hint, failed=[check.name for check in failed])


def _reachable(_topology: Topology, observed: Observed) -> Iterator[Check]:
    for view in observed.members:
        hint = _("bring {centre} back first; what now runs without it: citynode dr status").format(centre=view.centre)
        detail = view.error or _("{centre} answers").format(centre=view.centre)
        yield Check(f"reachable-{view.centre}", not view.error, detail, hint, error=Unreachable, seen=view.centre)


def _one_primary(topology: Topology, observed: Observed) -> Iterator[Check]:
    found = observed.primaries
    names = ", ".join(found) or _("none")
    yield Check(
        "one-primary",
        len(found) == 1 and found[0] in topology.candidates,
        _("primary: {names}").format(names=names),
        _("exactly one of {centres} must be primary; do not switch until it is so").format(centres=", ".join(topology.candidates)),
        seen=", ".join(found),
    )


def _scope(topology: Topology, observed: Observed) -> Iterator[Check]:
    scope = observed.cluster.scope if observed.cluster else ""
    yield Check(
        "scope",
        scope == topology.group.name,
        _("the members' cluster is '{scope}'").format(scope=scope),
        _("the access file points to the databases of another group than {group}").format(group=topology.group.name),
        seen=scope,
    )


def _strict(_topology: Topology, observed: Observed) -> Iterator[Check]:
    on = bool(observed.settings.get("synchronous_mode")) and bool(observed.settings.get("synchronous_mode_strict"))
    yield Check(
        "synchronous-strict",
        on,
        _("strict synchronous mode is on") if on else _("strict synchronous mode is off"),
        _("patronictl edit-config: synchronous_mode and synchronous_mode_strict true; without them acknowledged writes can be lost"),
    )


def _not_paused(_topology: Topology, observed: Observed) -> Iterator[Check]:
    paused = bool(observed.cluster and observed.cluster.is_paused)
    yield Check("not-paused", not paused, _("Patroni is paused") if paused else _("Patroni acts"), "patronictl resume")


def _nothing_under_way(_topology: Topology, observed: Observed) -> Iterator[Check]:
    busy = bool(observed.cluster and observed.cluster.has_switchover)
    yield Check(
        "no-switchover",
        not busy,
        _("a switchover is scheduled") if busy else _("no other switchover is under way"),
        _("wait for it, or patronictl flush <group> switchover"),
    )


def _long_transactions(_topology: Topology, observed: Observed) -> Iterator[Check]:
    facts = observed.member(observed.primary).facts if observed.primary else None
    seconds = facts.oldest_transaction_seconds if facts else 0.0
    yield Check(
        "no-long-transaction",
        seconds <= MAX_TRANSACTION_SECONDS,
        _("oldest transaction: {seconds:.0f} s").format(seconds=seconds),
        _("it will be broken off by the switchover; ask its owner"),
        must=False,
        seen=f"{seconds:.0f} s",
    )


def _open_moves(_topology: Topology, observed: Observed) -> Iterator[Check]:
    facts = observed.member(observed.primary).facts if observed.primary else None
    names = ", ".join(facts.open_moves) if facts else ""
    yield Check(
        "no-open-move",
        not names,
        _("a switchover would break the way back of {systems}").format(systems=names) if names else _("no move can still be taken back"),
        _("finalize the move or roll it back first: citynode migrate status"),
        seen=names,
    )


_RULES: tuple[Callable[[Topology, Observed], Iterator[Check]], ...] = (
    _reachable,
    _one_primary,
    _scope,
    _strict,
    _not_paused,
    _nothing_under_way,
    _long_transactions,
    _open_moves,
)


def _target_checks(topology: Topology, observed: Observed, source: str, target: str) -> Iterator[Check]:
    yield Check(
        "target",
        target in topology.candidates and target != observed.primary,
        _("{target} is to take over from {source}").format(target=target, source=source),
        _("a planned switchover goes from the primary ({primary}) to the other of {centres}").format(
            primary=observed.primary or "?", centres=", ".join(topology.candidates)
        ),
        seen=f"{source} → {target}",
    )
    if observed.primary:  # else nobody knows who streams, and `one-primary` stops it
        yield from _stream_checks(topology, observed, target)
    yield from _timeline(observed, target)


def _stream_checks(topology: Topology, observed: Observed, target: str) -> Iterator[Check]:
    """How the target follows; of one that doesn't stream nothing more is known."""
    stream = observed.stream(target)
    is_streaming = stream is not None and stream.is_streaming
    yield Check(
        "streaming",
        is_streaming,
        (_("{target} streams") if is_streaming else _("{target} does not stream from the primary")).format(target=target),
        _("patronictl reinit {group} {target} mends a standby that is stuck").format(group=topology.group.name, target=target),
        seen=stream.state if stream else "–",
    )
    if stream is None:
        return
    yield Check(
        "synchronous",
        stream.is_synchronous,
        _("{target} is {state}").format(target=target, state=stream.sync_state),
        _("only a synchronous standby holds every acknowledged write; wait until it is, or find out why not"),
        seen=stream.sync_state,
    )
    yield Check(
        "lag",
        stream.lag_bytes <= MAX_LAG_BYTES,
        _("{target} is {lag} bytes behind").format(target=target, lag=stream.lag_bytes),
        _("wait until it has caught up"),
        seen=f"{stream.lag_bytes} B",
    )


def _timeline(observed: Observed, target: str) -> Iterator[Check]:
    """Whether both follow one history. A standby that receives nothing knows no timeline; if it streams it must know one."""
    asked = [view for view in observed.members if view.facts is not None and view.centre in (target, observed.primary)]
    lines = [view.facts.timeline for view in asked if view.facts is not None and view.facts.timeline is not None]
    unknown = [view.centre for view in asked if view.facts is not None and view.facts.timeline is None]
    if not lines or (unknown and observed.stream(target) is None):
        return
    said = _("timelines: {lines}").format(lines=", ".join(map(str, lines)))
    if unknown:
        said = _("the timeline of {names} is not known").format(names=", ".join(unknown))
    yield Check(
        "timeline",
        len(set(lines)) == 1 and not unknown,
        said,
        _("the standby follows another history; patronictl reinit it"),
        seen=", ".join(map(str, lines)),
    )
