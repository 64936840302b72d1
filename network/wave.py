"""One wave of a change: snapshot, apply, verify from outside, keep; whatever fails goes back to its snapshot.

Written so that it may run again after kill -9: each device is asked what it holds, the first snapshot stands, and
lines that are already there are not typed again. In the end a device is wholly at its target or wholly as before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass

from network.compare import patch_for, snapshot_target
from network.desk import Desk
from network.errors import RollbackFailed
from network.fanout import each
from network.journal import ARMED, FAILED, KEPT, ROLLED_BACK, STUCK, UNCHANGED, ChangeLog
from network.outside import Outside, Seen
from network.plan import Wave
from network.tree import Tree
from ops.errors import CitynodeError, TimedOut, Unreachable
from ops.killpoint import kill_point
from ops.plan import JsonObject


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one device."""

    device: str
    state: str
    error: str = ""
    hint: str = ""
    unreachable: bool = False

    def as_data(self) -> JsonObject:
        return {"device": self.device, "state": self.state, "error": self.error, "hint": self.hint, "unreachable": self.unreachable}


_Work = Callable[[str], "Outcome | None"]
_Outcomes = Mapping[str, "Outcome | None"]


@dataclass(frozen=True)
class WaveRun:
    """A wave being run for one change."""

    desk: Desk
    log: ChangeLog
    wave: Wave
    targets: Mapping[str, Tree]
    carrying: frozenset[str]
    """Routers that carry IPv6 once this wave is through."""

    def run(self) -> tuple[Outcome, ...]:
        """Bring every device of the wave to its target, or back to where it was."""
        outside = Outside(self.desk.city, self.desk.prober, self.carrying)
        seen = self._seen_before(outside)
        applied = self._each("apply", self.wave.devices, lambda name: self._apply(name, seen[name]))
        verified = self._verify(outside, [name for name, outcome in applied.items() if outcome is None], seen)
        bad = {name: problem for name, problem in verified.items() if problem is not None}
        undone = self._each("roll back", tuple(bad), lambda name: self._restore(name, bad[name]))
        return tuple(self._end(name, applied, verified, undone) for name in self.wave.devices)

    def _seen_before(self, outside: Outside) -> dict[str, Seen]:
        """How the devices were seen before the change; a first run's word stands over a second's."""
        known = {note["device"]: Seen(note["ipv4"], note["ipv6"]) for note in self.log.notes() if note["state"] == ARMED}
        fresh = [name for name in self.wave.devices if name not in known]
        return known | (outside.look(fresh, ipv6=[name for name in fresh if name in self.carrying]) if fresh else {})

    def _each(self, label: str, names: Sequence[str], work: _Work) -> dict[str, Outcome | None]:
        """Run the work on each device; an error that it did not handle becomes a failed outcome."""
        care = self.desk.care
        label = f"{self.wave.name}: {label}"
        answers = each(names, work, progress=self.desk.control.progress, label=label, parallel=care.parallel, deadline=care.deadline_seconds)
        return {answer.device: answer.value if answer.error is None else self._failed(answer.device, answer.error) for answer in answers}

    def _apply(self, name: str, seen: Seen) -> Outcome | None:
        """Type what is missing. None: the device holds its target and waits to be verified."""
        with closing(self.desk.fleet.connect(name)) as device:
            running = device.running()
            patch = patch_for(self.desk.city, name, running, self.targets[name])
            if not patch and self.log.before(name) is None:
                return Outcome(name, UNCHANGED)
            self.log.keep(name, running)
            self.log.note(name, ARMED, ipv4=seen.ipv4, ipv6=seen.ipv6)
            kill_point(f"device-{name}", "before")
            try:
                first, rest = patch.in_two()
                device.apply(first)
                kill_point(f"device-{name}", "middle")
                device.apply(rest)
            except CitynodeError as problem:
                return self._restore(name, problem)
            kill_point(f"device-{name}", "after")
        return None

    def _verify(self, outside: Outside, names: Sequence[str], seen: Mapping[str, Seen]) -> dict[str, CitynodeError | None]:
        """A fresh session shows the target, and other routers still reach it. None: it is good."""
        care, desk = self.desk.care, self.desk
        answers = each(names, self._check, progress=desk.control.progress, label=f"{self.wave.name}: verify", parallel=care.parallel, deadline=care.deadline_seconds)
        problems: dict[str, CitynodeError | None] = {answer.device: answer.error for answer in answers}
        good = [name for name, problem in problems.items() if problem is None]
        wanted = {name: Seen(seen[name].ipv4, seen[name].ipv6 or outside.expects_ipv6(name, self.wave.devices)) for name in good}
        return problems | self._missing(outside, wanted)

    def _missing(self, outside: Outside, wanted: Mapping[str, Seen]) -> dict[str, CitynodeError | None]:
        """What other routers don't reach any more; where nobody can measure, nothing is taken on trust."""
        seconds = self.desk.care.settle_seconds
        try:
            missing = outside.wait(wanted, seconds)
        except Unreachable as blind:
            return dict.fromkeys(wanted, blind)
        why = f"measured from another router for {seconds:g} s"
        return {name: CitynodeError(f"{name} is {what} after the change", why=why) for name, what in missing.items()}

    def _check(self, name: str) -> None:
        """A new session finds the device as intended."""
        with closing(self.desk.fleet.connect(name)) as device:
            left = patch_for(self.desk.city, name, device.running(), self.targets[name])
            if left:
                raise CitynodeError(f"{name} did not keep every line", why=left.text().replace("\n", " / "))

    def _restore(self, name: str, problem: CitynodeError) -> Outcome:
        """Back to the snapshot; proven by reading the device again."""
        snapshot = self.log.before(name)
        if snapshot is None:
            return self._failed(name, problem)
        target = snapshot_target(self.desk.city, name, snapshot)
        try:
            self._type_snapshot(name, target)
        except CitynodeError as worse:
            stuck = RollbackFailed(f"{name} holds neither the old nor the new configuration", why=f"{problem}; then {worse}",
                                   hint=f"citynode net rollback --change {self.log.change_id} --devices {name}, once it answers")
            return self._told(Outcome(name, STUCK, str(stuck), stuck.hint, unreachable=problem.exit_code == 3))
        return self._told(Outcome(name, ROLLED_BACK, str(problem), problem.hint, unreachable=problem.exit_code == 3))

    def _type_snapshot(self, name: str, target: Tree) -> None:
        with closing(self.desk.fleet.connect(name)) as device:
            device.apply(patch_for(self.desk.city, name, device.running(), target).commands)
            left = patch_for(self.desk.city, name, device.running(), target)
        if left:
            raise RollbackFailed(f"{name} did not take its snapshot back", why=left.text().replace("\n", " / "))

    def _failed(self, name: str, problem: CitynodeError) -> Outcome:
        """Not begun, or lost while we worked on it: what it holds then is not known."""
        begun = self.log.before(name) is not None
        return self._told(Outcome(name, STUCK if begun else FAILED, str(problem), problem.hint, isinstance(problem, TimedOut) or problem.exit_code == 3))

    def _told(self, outcome: Outcome) -> Outcome:
        self.log.note(outcome.device, outcome.state, error=outcome.error)
        return outcome

    def _end(self, name: str, applied: _Outcomes, verified: Mapping[str, CitynodeError | None], undone: _Outcomes) -> Outcome:
        if (first := applied.get(name)) is not None:
            if first.state == UNCHANGED:
                self.log.note(name, UNCHANGED)
            return first
        if verified.get(name) is None:
            return self._told(Outcome(name, KEPT))
        return undone[name] or Outcome(name, STUCK)
