"""A shift carried out as durable work: measure, declare, push in waves, publish the names, measure again.

All or nothing: when a step fails, names, routers and the declared state go back to what they were before. From before
the first wave until the end towns send to the centres, and every packet is counted (`network.ipv6.watch`).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace

from network.desk import Desk
from network.dns.server import NameServer, as_data, from_data, snapshot
from network.errors import ChangeFailed
from network.ipv6.back import restore_devices, restore_names
from network.ipv6.place import places_of, towns
from network.ipv6.reach import Reach, centres, measure
from network.ipv6.shift import KIND, ROLLOUT, Shift
from network.ipv6.watch import LEDGER, VANTAGES, Losses, Watch, choose, count
from network.push.change import Report, begun, check_alone, check_declared, facts, wave_steps
from network.push.journal import KEPT, UNCHANGED
from network.push.main import is_on_trial
from network.rollout import Rollout, shift_rollout
from network.simulate.main import gate
from ops.approval import require
from ops.durable import Run, Step, Work, perform
from ops.errors import CitynodeError
from ops.language import N_, STEP, _
from ops.listing import listed
from ops.plan import JsonObject

BEFORE, AFTER = N_("measure-before", STEP), N_("measure-after", STEP)


@dataclass
class Carrier:
    """One process's work on a shift."""

    desk: Desk
    server: NameServer | None
    shift: Shift
    _open: ExitStack = field(default_factory=ExitStack)
    _watching: bool = False

    def run(self) -> Report:
        """Carry the shift out, or take it up where it died; a shift that finds nothing to do is not even journaled."""
        desk, shift = self.desk, self.shift
        left = begun(desk, shift.change)
        if shift.is_clean and left is None and not is_on_trial(desk, shift.change):
            return Report("", len(shift.pending), extra={"place": shift.place, "names": 0, **Losses().as_data(0)})
        shift.check_ready()
        check_alone(desk, shift.change)
        if left is None and shift.verb == ROLLOUT and (verdict := gate(desk, shift.pending, shift.change.targets)) is not None:
            verdict.raise_on_error()
        payload = left or shift.payload
        require(desk.control, str(payload["plan_hash"]), f"{KIND} {shift.verb} {shift.place}")
        began = time.monotonic()
        waves = wave_steps(desk, shift.change)
        with self._open:
            outcome = perform(desk.control, self._work(waves, payload))
        done = [entry for step in waves for entry in outcome.results[step.name]["devices"]]
        return Report(
            outcome.change_id,
            len(shift.change.targets),
            tuple(done),
            tuple(wave.name for wave in shift.change.waves),
            time.monotonic() - began,
            outcome.resumed,
            self._extra(outcome.results[BEFORE], outcome.results["publish"], outcome.results[AFTER]),
        )

    def _work(self, waves: tuple[Step, ...], payload: JsonObject) -> Work:
        change = self.shift.change
        steps = (Step("declare", self._declare), *waves, Step("publish", self._publish), Step(AFTER, self._measure_after))
        return Work(
            kind=change.kind,
            subject=change.subject,
            payload=payload,
            steps=(Step(BEFORE, self._measure_before), *(Step(step.name, self._watched(step.do)) for step in steps)),
            leases=tuple(f"router:{name}" for name in sorted(change.targets)),
            compensate=(
                Step("undo-declare", self._undo_declare),
                Step("undo-devices", self._undo_devices),
                Step("undo-names", self._undo_names),
            ),
            give_up="citynode net rollback --change {change}",
        )

    def _measure_before(self, run: Run) -> JsonObject:
        """How the edge reaches the centres, what the zones hold and what is declared: what going back means."""
        desk, before = self.desk, self.shift.change.rollout_before
        check_declared(desk, self.shift.change)
        desk.journal.open(run.change_id).describe({**facts(desk, self.shift.change), "place": self.shift.place, "verb": self.shift.verb})
        run.progress.stage(_("measure from every town"))
        reach = self._measure(before.routers)
        names = snapshot(self.server, [rrset for zone in self.shift.zones for rrset in zone.sets]) if self.server else ()
        return {
            "reach": reach.as_data(),
            "pairs": sorted(reach.pairs),
            "names": [as_data(rrset) for rrset in names],
            "ipv6": {"routers": sorted(before.routers), "places": sorted(before.places)},
        }

    def _declare(self, _run: Run) -> JsonObject:
        shift_rollout(self.desk.folder, self.shift.change.rollout_before, self.shift.after)
        return {"declared": sorted(self.shift.after.places)}

    def _publish(self, run: Run) -> JsonObject:
        """Bring the names to what they shall be; the server is asked again afterwards."""
        held = {(data["name"], data["kind"]): tuple(data["values"]) for data in run.done[BEFORE]["names"]}
        if self.server is not None:
            run.progress.stage(_("publish names"))
            for zone in self.shift.zones:
                self.server.update(zone.zone, zone.sets)
        sets = [rrset for zone in self.shift.zones for rrset in zone.sets]
        return {"names": sum(held.get((rrset.name, rrset.kind)) != rrset.values for rrset in sets)}

    def _measure_after(self, run: Run) -> JsonObject:
        """Everything that reached the centres before still does, and what now carries IPv6 reaches them over it."""
        run.progress.stage(_("measure from every town"))
        outcomes = [entry for step in run.done.values() for entry in step.get("devices", ())]
        sound = {entry["device"] for entry in outcomes if entry["state"] in (KEPT, UNCHANGED)}
        before = frozenset((town, centre) for town, centre in run.done[BEFORE]["pairs"])
        until = time.monotonic() + self.desk.care.settle_seconds
        while True:
            reach = self._measure(self.shift.after.routers)
            missing = _missing(reach, before, sound)
            if not missing or time.monotonic() > until:
                break
            time.sleep(0.5)
        if missing:
            raise ChangeFailed(
                _("{count} pairs of town and centre don't reach each other as they should: {pairs}").format(
                    count=len(missing), pairs=listed(missing, 4)
                ),
                why=_("measured for {seconds:g} s after the last wave").format(seconds=self.desk.care.settle_seconds),
                hint=_("names, routers and the declared state were put back; citynode net history shows what was done"),
            )
        self._open.close()  # the last chunks of the watch are waited for, then counted
        losses, runs = count(self.desk.journal.open(run.change_id).folder / LEDGER)
        return {"reach": reach.as_data(), **losses.as_data(runs)}

    def _undo_names(self, run: Run) -> JsonObject:
        """Last, and never in the way of the routers: the server may be the very thing that failed, and then it kept the old names."""
        held = [from_data(data) for data in run.done.get(BEFORE, {}).get("names", ())]
        if self.server is None or not held:
            return {"names_back": 0}
        try:
            return {"names_back": restore_names(self.desk.city, self.server, held)}
        except CitynodeError as problem:
            run.progress.note(_("the names were not put back: {problem}; citynode net ipv6 verify shows them").format(problem=problem))
            return {"names_back": 0, "error": str(problem)}

    def _undo_devices(self, run: Run) -> JsonObject:
        if BEFORE not in run.done:
            return {"devices_back": []}
        return {"devices_back": restore_devices(self.desk, run.change_id, self._rollout(run))}

    def _undo_declare(self, run: Run) -> JsonObject:
        if BEFORE in run.done:
            shift_rollout(self.desk.folder, self.shift.after, self._rollout(run))
        return {}

    def _watched(self, do: Callable[[Run], JsonObject]) -> Callable[[Run], JsonObject]:
        """The step, with the watch running: a process that takes up another's work begins it in the step that it meets first."""

        def step(run: Run) -> JsonObject:
            if not self._watching:
                self._watching = True
                pairs = [(town, centre) for town, centre in run.done[BEFORE]["pairs"]]
                chosen = choose(
                    pairs,
                    towns(self.desk.city, self.shift.place) or towns(self.desk.city),
                    centres(self.desk.city, 4),
                    most=max(VANTAGES, len(places_of(self.desk.city, self.shift.place))),
                )
                watch = Watch(self.desk.prober, chosen, self.desk.journal.open(run.change_id).folder / LEDGER)
                self._open.enter_context(watch.running())
            return do(run)

        return step

    def _rollout(self, run: Run) -> Rollout:
        """The declared state from before."""
        held = run.done[BEFORE]["ipv6"]
        return replace(self.desk.rollout, routers=frozenset(held["routers"]), places=frozenset(held["places"]))

    def _measure(self, carrying: frozenset[str]) -> Reach:
        desk = self.desk
        return measure(desk.city, desk.prober, towns(desk.city), carrying, progress=desk.control.progress, care=desk.care)

    def _extra(self, before: JsonObject, names: JsonObject, after: JsonObject) -> JsonObject:
        counts = {key: value for key, value in after.items() if key != "reach"}
        seen = {"before": before["reach"], "after": after["reach"]}
        return {"place": self.shift.place, "names": names["names"], **counts, "reach": seen, "notes": list(self.shift.notes)}


def _missing(reach: Reach, before: frozenset[tuple[str, str]], sound: set[str]) -> list[str]:
    """Pairs that answered over IPv4 before and don't now, or that should answer over IPv6 and don't."""
    out = []
    for row in reach.towns:
        known = [centre for town, centre in before if town == row.town]
        out += [f"{row.town} -> {centre} (IPv4)" for centre in known if not row.ipv4.get(centre)]
        if row.ipv6 is not None and row.town in sound:
            out += [f"{row.town} -> {centre} (IPv6)" for centre in known if not row.ipv6.get(centre)]
    return sorted(out)
