"""A change of many devices as durable work: one step a wave, one lease a device, nothing half after a crash.

`push`, `rollback` and the IPv6 rollout differ only in the targets that they bring here. The payload names the targets
alone, never what was observed, so that the same command after kill -9 is the same work and goes on where it died.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from network.desk import Desk
from network.push.journal import FAILED, KEPT, ROLLED_BACK, STUCK, ChangeLog
from network.push.outcome import SOUND, error_class, named
from network.push.plan import Order, Wave, waves
from network.push.wave import WaveRun
from network.rollout import Rollout
from network.tree import Tree, text_of
from ops.approval import require
from ops.durable import Run, Step, Work, perform
from ops.errors import CitynodeError, PolicyRefused
from ops.language import N_, STEP, _
from ops.listing import listed
from ops.plan import JsonObject, digest

if TYPE_CHECKING:
    from ops.control import Control
    from ops.record import Attempt


@dataclass(frozen=True)
class Change:
    """Targets for devices, and how they are to be reached."""

    kind: str
    subject: str
    targets: Mapping[str, Tree]
    waves: tuple[Wave, ...]
    rollout: Rollout
    """The IPv6 state that the targets were made with."""
    rollout_before: Rollout
    of: str = ""
    """The change that this one takes back."""
    lines: str = ""
    """Digest of the lines that were found missing when this was planned: another approval is needed once they are others."""

    @property
    def payload(self) -> JsonObject:
        texts = {name: text_of(tree) for name, tree in self.targets.items()}
        found: JsonObject = {"devices": sorted(texts), "waves": [list(wave.devices) for wave in self.waves], "targets": digest(texts)}
        return {**found, "lines": self.lines, "plan_hash": digest({"kind": self.kind, **found, "lines": self.lines})}

    @property
    def plan_hash(self) -> str:
        """What an approval names."""
        return str(self.payload["plan_hash"])


@dataclass(frozen=True, slots=True)
class Report:
    """What a change did."""

    change_id: str
    devices: int
    outcomes: tuple[JsonObject, ...] = ()
    waves: tuple[str, ...] = ()
    seconds: float = 0.0
    resumed: bool = False
    extra: JsonObject = field(default_factory=dict)

    @property
    def changed(self) -> tuple[str, ...]:
        return tuple(outcome["device"] for outcome in self.outcomes if outcome["state"] == KEPT)

    @property
    def failed(self) -> tuple[JsonObject, ...]:
        return tuple(outcome for outcome in self.outcomes if outcome["state"] not in SOUND)

    def as_data(self) -> JsonObject:
        failed = [{key: outcome[key] for key in ("device", "state", "error", "hint")} for outcome in self.failed]
        return {
            "change": self.change_id,
            "devices": self.devices,
            "changed": len(self.changed),
            "waves": list(self.waves),
            "seconds": round(self.seconds, 2),
            "failed": failed,
            "resumed": self.resumed,
            **self.extra,
        }

    def raise_on_error(self) -> None:
        """One error that names the devices that are not at their target."""
        if not self.failed:
            return
        first = self.failed[0]
        what = _("{count} devices failed: {names}").format(count=len(self.failed), names=named(self.failed))
        raise error_class(self.failed)(what, why=first["error"], hint=first["hint"])


def make_change(
    desk: Desk, kind: str, targets: Mapping[str, Tree], *, rollout: Rollout, order: Order = Order.EDGE_FIRST, of: str = "", lines: str = ""
) -> Change:
    """The change that brings these devices to these targets, in waves."""
    return Change(kind, desk.city.name, targets, waves(desk.city, targets, order), rollout, desk.rollout, of, lines)


def carry_out(desk: Desk, change: Change, *, before: Sequence[Step] = (), after: Sequence[Step] = ()) -> Report:
    """Run the change to its end, or take up the same change where it died.

    An error that stops it on the way carries, as its fact `report`, what was done until then.
    """
    check_alone(desk, change)
    payload = begun(desk, change) or change.payload
    first = Step("declared", lambda _run: check_declared(desk, change))
    require(desk.control, str(payload["plan_hash"]), f"{change.kind} {change.subject}")
    began = time.monotonic()
    steps = wave_steps(desk, change)
    work = Work(
        kind=change.kind, subject=change.subject, payload=payload, steps=(first, *before, *steps, *after),
        leases=tuple(f"router:{name}" for name in sorted(change.targets)),
        give_up="" if change.of else "citynode net rollback --change {change}",
    )  # fmt: skip
    try:
        outcome = perform(desk.control, work)
    except CitynodeError as stop:
        if isinstance(log := stop.facts.get("log"), ChangeLog):
            stop.facts["report"] = _until(log, change, time.monotonic() - began)
        raise
    done = [entry for step in steps for entry in outcome.results[step.name]["devices"]]
    extra = {key: value for step in (*before, *after) for key, value in outcome.results[step.name].items()}
    waves = tuple(wave.name for wave in change.waves)
    return Report(outcome.change_id, len(change.targets), tuple(done), waves, time.monotonic() - began, outcome.resumed, extra)


def check_declared(desk: Desk, change: Change) -> JsonObject:
    """Refuse a change that was planned on a declared state that another change has moved since; to be asked under its leases."""
    if desk.rollout not in (change.rollout_before, change.rollout):
        raise PolicyRefused(
            _("another change declared IPv6 or link costs while this one was planned"),
            why=_("its lines were made for a network that is no more"),
            hint=_("run the same command again: it plans anew"),
        )
    return {}


def check_alone(desk: Desk, change: Change) -> None:
    """Refuse a change of routers that another one, cut off, has in hand; the way back of that very one may go on."""
    for run in others_unfinished(desk.control, change.targets):
        if run.kind != change.kind and run.change_id != change.of:
            both = [name for name in run.payload["devices"] if name in change.targets]
            raise PolicyRefused(
                _("{change} is unfinished, and has {names} in hand").format(change=run.change_id, names=listed(both)),
                why=_("{kind} of {subject}, begun by {author} at {begun}").format(
                    kind=run.kind, subject=run.payload.get("place") or run.subject, author=run.author, begun=run.begun
                ),
                hint=f"citynode net resume {run.change_id} | citynode net rollback --change {run.change_id}",
            )


def others_unfinished(control: Control, names: Iterable[str]) -> tuple[Attempt, ...]:
    """The changes of the network that were cut off and have some of these routers in hand."""
    from ops.record import Record

    wanted = set(names)
    return tuple(run for run in Record.open(control).runs(unfinished=True) if wanted & set(run.payload.get("devices", ())))


def unfinished(desk: Desk, change: Change) -> Attempt | None:
    """The run under which this very change was begun and not ended."""
    from ops.record import Record

    found = Record.open(desk.control).unfinished(change.kind, change.subject)
    is_other = found is not None and any(found.payload.get(key) != change.payload[key] for key in ("devices", "waves", "targets"))
    return None if is_other else found


def begun(desk: Desk, change: Change) -> JsonObject | None:
    """The payload under which this very change was begun and not ended: its devices hold some of the lines already."""
    run = unfinished(desk, change)
    return run.payload if run else None


def _until(log: ChangeLog, change: Change, seconds: float) -> Report:
    """What the journal says of a change that was stopped."""
    outcomes = tuple({"hint": "", "error": "", **note} for note in log.states().values())
    begun = {note["device"] for note in outcomes}
    return Report(
        log.change_id, len(change.targets), outcomes, tuple(wave.name for wave in change.waves if begun & set(wave.devices)), seconds
    )


def wave_steps(desk: Desk, change: Change) -> tuple[Step, ...]:
    """The steps that run the waves, for work that has steps of its own around them."""
    bare: set[str] = set()
    return tuple(Step(wave_name(wave.name), _step(desk, change, number, bare)) for number, wave in enumerate(change.waves))


def wave_name(wave: str) -> str:
    """The name of the step that runs the wave."""
    return f"{N_('wave', STEP)}-{wave}"


def _step(desk: Desk, change: Change, number: int, bare: set[str]) -> Callable[[Run], JsonObject]:
    """The step that runs one wave, and stops the change when too much has failed."""
    wave = change.waves[number]
    later = {name for other in change.waves[number + 1 :] for name in other.devices}

    def run_wave(run: Run) -> JsonObject:
        log = desk.journal.open(run.change_id)
        log.describe(facts(desk, change))
        text = _("wave {number} of {total}: {name}, {count} devices")
        run.progress.stage(text.format(number=number + 1, total=len(change.waves), name=wave.name, count=len(wave.devices)))
        outcomes = WaveRun(desk, log, wave, change.targets, change.rollout.routers - later, bare).run()
        data = [outcome.as_data() for outcome in outcomes]
        earlier = [entry for step in run.done.values() for entry in step.get("devices", ())]
        _check_budget(desk, wave, data, earlier, log)
        return {"devices": data}

    return run_wave


def facts(desk: Desk, change: Change) -> JsonObject:
    """What the journal says of a change."""
    before = change.rollout_before
    return {
        "kind": change.kind,
        "author": desk.control.author,
        "devices": sorted(change.targets),
        "waves": [wave.name for wave in change.waves],
        **({"of": change.of} if change.of else {}),
        "accepts_emulation": desk.care.accept_emulation,
        "ipv6_before": {"routers": sorted(before.routers), "places": sorted(before.places)},
        "costs_before": dict(before.costs),
    }


def _check_budget(desk: Desk, wave: Wave, now: Sequence[JsonObject], earlier: Sequence[JsonObject], log: ChangeLog) -> None:
    """Stop before the next wave when this one may not fail, or when too many failed in all."""
    failed = [entry for entry in now if entry["state"] not in SOUND]
    total = len(failed) + sum(entry["state"] not in SOUND for entry in earlier)
    if not failed or (total <= desk.care.budget and not wave.is_critical):
        return
    undone = all(entry["state"] in (ROLLED_BACK, FAILED) for entry in failed)
    raise error_class(failed)(
        _("the change stopped in wave {wave}: {names}").format(wave=wave.name, names=named(failed)), why=failed[0]["error"],
        hint=failed[0]["hint"] or (_("these devices are as before; mend the cause and run the same command again") if undone else ""),
        failed=[entry["device"] for entry in failed], stuck=[entry["device"] for entry in failed if entry["state"] == STUCK], log=log,
    )  # fmt: skip
