"""Approval by somebody else than the author (管运分离: the operator executes, the owner approves).

Requests and approvals are entries of the audit trail, so that they can't be made up afterwards. An approval is for
one plan's hash in one city: a changed plan needs a new one, a plan that was carried out has used it up, and it goes stale.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from ops.audit import Entry, Trail
from ops.control import Control
from ops.errors import PolicyRefused, UsageProblem
from ops.language import N_, WORD, _

REQUESTED = "approval.requested"
ACCEPTED = "approval.accepted"
VALID = timedelta(days=7)
"""How long an approval may wait for its plan to be carried out."""


@dataclass(frozen=True, slots=True)
class Request:
    """A plan that asks for approval, for which city, and who gave it, if anybody."""

    plan_hash: str
    city: str
    subject: str
    author: str
    asked_at: str
    approved_by: str = ""


def require(control: Control, plan_hash: str, subject: str) -> None:
    """Return if this plan may be carried out; outside production everything may."""
    if not control.production:
        return
    _trusted(control.trail)
    city = control.trail.scope
    entries = (entry for entry in control.trail.entries() if entry.scope == city)
    if any(_approves(entry, plan_hash, control.author) for entry in _unspent(entries, plan_hash)):
        return
    if not any((request.city, request.plan_hash) == (city, plan_hash) for request in pending(control.trail)):
        control.trail.append(who=control.author, action=REQUESTED, subject=subject, outcome=N_("waiting", WORD), plan_hash=plan_hash)
    raise PolicyRefused(
        _("{subject} needs the approval of somebody else than {author}").format(subject=subject, author=control.author),
        why=_("it touches production, and the one who executes is not the one who approves"),
        hint=f"citynode approve accept {plan_hash[:12]} --author <name>",
        plan_hash=plan_hash,
    )


def pending(trail: Trail) -> tuple[Request, ...]:
    """Every city's requests that were neither carried out nor forgotten, oldest first."""
    found: dict[tuple[str, str], Request] = {}
    for entry in trail.entries():
        key = entry.scope, entry.plan_hash
        if entry.action == REQUESTED:
            found[key] = Request(entry.plan_hash, entry.scope, entry.subject, entry.who, entry.at)
        elif key in found and entry.action == ACCEPTED:
            found[key] = replace(found[key], approved_by=entry.who)
        elif key in found and _uses_up(entry):
            del found[key]
    return tuple(found.values())


def waiting(trail: Trail, beginning: str, city: str = "") -> Request:
    """The one plan, of this city if one is named, whose hash begins so and that nobody has approved."""
    asked = [request for request in pending(trail) if city in ("", request.city) and not request.approved_by]
    matches = [request for request in asked if request.plan_hash.startswith(beginning)]
    if len(beginning) < 8 or len(matches) != 1:
        cities = ", ".join(dict.fromkeys(request.city for request in matches)) if len(matches) > 1 else ""
        raise UsageProblem(
            _("no single plan waits under '{beginning}'").format(beginning=beginning),
            why=_("{count} fit; at least 8 characters of the hash are needed").format(count=len(matches)),
            hint=_("say whose is meant with --city: {cities}").format(cities=cities) if cities else "citynode approve list",
        )
    return matches[0]


def accept(trail: Trail, beginning: str, who: str, city: str = "") -> Request:
    """Approve the one waiting plan whose hash begins so, for its city; never one's own."""
    _trusted(trail)
    request = waiting(trail, beginning, city)
    if request.author == who:
        raise PolicyRefused(
            _("{who} can't approve their own plan").format(who=who),
            why=_("the one who executes is not the one who approves"),
            hint=f"citynode approve accept {beginning} --author <name>",
        )
    trail.of(request.city).append(who=who, action=ACCEPTED, subject=request.subject, outcome="done", plan_hash=request.plan_hash)
    return replace(request, approved_by=who)


def _unspent(entries: Iterable[Entry], plan_hash: str) -> list[Entry]:
    """The entries about this plan since it was last carried out."""
    since: list[Entry] = []
    for entry in entries:
        if entry.plan_hash != plan_hash:
            continue
        if _uses_up(entry):
            since = []
        since.append(entry)
    return since


def _uses_up(entry: Entry) -> bool:
    return entry.action not in (REQUESTED, ACCEPTED) and entry.outcome in ("done", "failed")


def _approves(entry: Entry, plan_hash: str, author: str) -> bool:
    fresh = datetime.fromisoformat(entry.at) > datetime.now(UTC) - VALID
    return entry.action == ACCEPTED and entry.plan_hash == plan_hash and entry.who != author and fresh


def _trusted(trail: Trail) -> None:
    found = trail.verify()
    if not found.ok:
        raise PolicyRefused(
            _("the audit trail was tampered with, so its approvals count for nothing"),
            why=_("line {line}: {reason}").format(line=found.broken_at, reason=found.reason),
            hint="citynode audit verify",
        )
