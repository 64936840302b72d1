"""What `citynode net ipv6` shows to people: tables only, nothing is decided here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cli.frame import Table
from network.compare import masked
from network.ipv6.rules import RULES
from network.ipv6.verify import gap_text
from ops.language import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from city.model import City
    from network.ipv6.main import Unfinished
    from network.ipv6.plan import Ipv6Plan
    from network.ipv6.readiness import Readiness
    from network.ipv6.shift import Shift
    from network.ipv6.verify import PlaceState, Verdict
    from network.push.change import Report


def plan_table(plan: Ipv6Plan) -> Table:
    """A row an address; the waves, the names and the rules below."""
    rows = [(twin.router, twin.interface, str(twin.ipv4), str(twin.ipv6), twin.rule, twin.is_new) for twin in plan.twins]
    waves = [f"  {number}. {wave.name}: {', '.join(wave.devices)}" for number, wave in enumerate(plan.waves, start=1)]
    names = [f"  {record.name}  AAAA  {record.address}" for record in plan.records]
    rules = [f"  {rule.name}: {_(rule.asks)} ({rule.source})" for rule in RULES.values()]
    note = "\n".join([_("waves, the spine first:"), *waves, _("new names:"), *(names or [_("  (none)")]), _("rules:"), *rules])
    title = _("{place}: {prefix}, {new} of {count} routers get IPv6").format(
        place=plan.place or _("whole city"), prefix=plan.prefix, new=len(plan.fresh), count=len(plan.routers)
    )
    return Table(("router", "interface", "IPv4", "IPv6", "rule", "new"), rows, title=title, note=note)


def shift_table(city: City, shift: Shift) -> Table:
    """A row a wave; the lines of every device that differs, and the names."""
    pending = {entry.device for entry in shift.to_change}
    rows = [
        (wave.name, len(wave.devices), sum(name in pending for name in wave.devices), ", ".join(wave.devices))
        for wave in shift.change.waves
    ]
    lines = [f"\n{entry.device}\n{masked(city, entry.device, entry.text)}" for entry in shift.to_change]
    lines += [f"\n{entry.device}: {entry.error}" for entry in shift.unreadable]
    names = [f"{rrset.name}  {rrset.kind}  {', '.join(rrset.values) or _('(goes)')}" for rrset in shift.pending_names]
    count = _("{pending} of {devices} devices and {names} names differ; plan {hash}").format(
        pending=len(pending), devices=len(shift.pending), names=len(names), hash=str(shift.payload["plan_hash"])[:12]
    )
    return Table(("wave", "devices", "pending", "names"), rows, note="\n".join([count, *shift.notes, *names, *lines]))


def report_table(report: Report) -> Table:
    """A row a device that was touched or failed; what was measured below."""
    rows = [
        (outcome["device"], outcome["state"], outcome["error"] or None) for outcome in report.outcomes if outcome["state"] != "unchanged"
    ]
    note = [
        _("{changed} of {devices} devices and {names} names changed in {seconds:.1f} s").format(
            changed=len(report.changed), devices=report.devices, names=report.extra["names"], seconds=report.seconds
        )
    ]
    if "reach" in report.extra:
        before, after = report.extra["reach"]["before"], report.extra["reach"]["after"]
        note.append(_("towns reach the centres: IPv4 {old4} -> {new4}, IPv6 {old6} -> {new6}").format(
            old4=_share(before["reachability_v4"]), new4=_share(after["reachability_v4"]),
            old6=_share(before["reachability_v6"]), new6=_share(after["reachability_v6"]),
        ))  # fmt: skip
        note.append(
            _("IPv4 meanwhile: {lost} of {sent} packets lost").format(
                lost=report.extra["ipv4_probes_lost"], sent=report.extra["ipv4_probes_sent"]
            )
        )
        note += [
            _("IPv4 meanwhile: {town} could not be asked at times: {why}").format(town=town, why=why)
            for town, why in report.extra["ipv4_unasked"].items()
        ]
    note += report.extra.get("notes", ())
    return Table(("device", "state", "problem"), rows, title=report.change_id, note="\n".join(note), words=("state",))


def status_table(
    found: Sequence[PlaceState], unfinished: Unfinished | None, routers: Sequence[Readiness], systems: Sequence[Readiness]
) -> Table:
    """A row a county or zone; below, how many routers and systems are how far, and what was begun and did not end."""
    words = {"rolled out": _("rolled out"), "partly": _("partly"), "IPv4 only": _("IPv4 only"), "under way": _("under way")}
    rows = [(state.place, words[state.state], state.carrying, state.routers, state.towns) for state in found]
    note = "\n".join((
        _("routers: {counts}").format(counts=_counts(routers)), _("systems: {counts}").format(counts=_counts(systems)),
    ))  # fmt: skip
    if unfinished is not None:
        note += "\n" + _("unfinished: {verb} of {place} ({change}); the same command goes on with it").format(
            verb=unfinished.verb, place=unfinished.place or _("whole city"), change=unfinished.change_id
        )
    return Table(("place", "state", "with IPv6", "routers", "towns"), rows, note=note)


def _counts(found: Sequence[Readiness]) -> str:
    """How many are in which state, in words."""
    words = {"dual": _("with IPv6"), "ready": _("ready"), "waits": _("wait for a neighbour"), "exempt": _("exempt")}
    return ", ".join(f"{count} {words[state]}" for state in words if (count := sum(one.state == state for one in found)))


def verdict_table(verdict: Verdict) -> Table:
    """A row a town; what is missing below."""
    data = verdict.as_data()
    rows = [(row["town"], row["place"], row["ipv4"], row["ipv6"], row["error"] or None) for row in data["towns"]]
    note = [
        _("reach: IPv4 {v4}, IPv6 {v6}; {share} of {count} addresses have their twin").format(
            v4=_share(data["reachability_v4"]), v6=_share(data["reachability_v6"]), share=_share(data["parity"]), count=data["twins"]
        )
    ]
    note += [gap_text(gap) for gap in verdict.parity.missing]
    note += [_("exempt: {name}, {reason}").format(name=one.gap.name, reason=one.reason) for one in verdict.parity.exempt[:10]]
    note += [f"{zone.zone}: {zone.problem or _('signed, and the signature holds')}" for zone in verdict.zones]
    note.append(_("IPv4 during the rollouts: {lost} of {sent} packets lost").format(lost=verdict.losses.lost, sent=verdict.losses.sent))
    note += [_("names are not known: {problem}").format(problem=verdict.no_names)] if verdict.no_names else []
    note += [_("no AAAA record: {name}").format(name=name) for name in data["missing_names"]]
    note += [_("an AAAA record without IPv6 behind it: {name}").format(name=name) for name in data["stale_names"]]
    return Table(("town", "place", "IPv4", "IPv6", "problem"), rows, note="\n".join(note))


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"
