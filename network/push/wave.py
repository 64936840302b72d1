"""One wave of a change: look, snapshot, arm, apply, verify from outside and inside, confirm, save; whatever fails goes back.

A device is armed before its first line: unless we confirm, it goes back by itself, also when we die or our own change cuts
the way to it. Written so that it may run again after kill -9: each device is asked what it holds, the first snapshot stands, and
lines that are already there are not typed again. In the end a device is wholly at its target or wholly as before.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

from city.addressing import addressing
from network.compare import patch_for, snapshot_target
from network.desk import Desk
from network.devices.device import Device
from network.devices.fanout import Answer, each
from network.diff import Patch
from network.errors import NotSaved, RollbackFailed, TrialLapsed
from network.intent.router import DEAD_SECONDS
from network.patch import NoPatch
from network.push.journal import ARMED, FAILED, KEPT, ROLLED_BACK, STUCK, UNCHANGED, ChangeLog
from network.push.outcome import Outcome
from network.push.outside import Outside, Seen
from network.push.plan import Wave
from network.push.trial import Trials, is_lost
from network.push.turn import Turn
from network.tree import Tree
from ops.errors import CitynodeError, TimedOut, Unreachable
from ops.killpoint import kill_point
from ops.language import _

HOLD_SECONDS = DEAD_SECONDS + 1.0
"""How long a change that may drop an adjacency has to hold: a neighbour that was lost is noticed only when its hellos are missed."""

Problems = dict[str, CitynodeError]
Value = TypeVar("Value")


@dataclass(frozen=True)
class WaveRun:
    """A wave being run for one change."""

    desk: Desk
    log: ChangeLog
    wave: Wave
    targets: Mapping[str, Tree]
    carrying: frozenset[str]
    """Routers that carry IPv6 once this wave is through."""
    bare: set[str] = field(default_factory=set)
    """Routers that nobody can measure from yet, as the waves of a change found them."""
    _disruptive: set[str] = field(default_factory=set)
    _running: set[str] = field(default_factory=set)
    """Devices whose turn is over and whose work would not end: nobody else may begin anything there."""
    _unwritten: list[CitynodeError] = field(default_factory=list)

    def run(self) -> tuple[Outcome, ...]:
        """Bring every device of the wave to its target, or back to where it was."""
        self.bare.difference_update(self.wave.devices)
        outside = Outside(self.desk.city, self.desk.prober, self.carrying, self.bare)
        with ThreadPoolExecutor(1, thread_name_prefix="outside") as pool:  # looks from outside while sessions are being opened
            looking = pool.submit(self._seen_before, outside)
            ended, bad = self._apply_all(looking)
            waiting = [name for name in self.wave.devices if name not in ended and name not in bad]
            missing = pool.submit(self._missing, outside, looking, waiting)
            bad |= self._check_all(waiting, missing)
        ended |= {name: self._told(Outcome(name, KEPT)) for name in waiting if name not in bad}
        ended |= self._restore_all(bad)
        if self._unwritten:  # the devices are in a known state, but the journal isn't: stop here
            raise self._unwritten[0]
        return tuple(ended[name] for name in self.wave.devices)

    @cached_property
    def _trials(self) -> Trials:
        return Trials(self.desk, self.log, self.targets)

    def _seen_before(self, outside: Outside) -> dict[str, Seen]:
        """How the devices were seen before the change; a first run's word stands over a second's."""
        known = {note["device"]: Seen(note["ipv4"], note["ipv6"]) for note in self.log.notes() if note["state"] == ARMED}
        fresh = [name for name in self.wave.devices if name not in known]
        return known | (outside.look(fresh, ipv6=[name for name in fresh if name in self.carrying]) if fresh else {})

    def _apply_all(self, looking: Future[dict[str, Seen]]) -> tuple[dict[str, Outcome], Problems]:
        """Those that are done with: nothing to do, or failed; and those that must go back. The others wait to be verified."""
        ended: dict[str, Outcome] = {}
        bad: Problems = {}
        for answer in self._each(_("apply"), self.wave.devices, lambda turn: self._apply(turn, looking)):
            if answer.value is not None:
                ended[answer.device] = answer.value
            elif answer.error is not None and self._is_begun(answer.device):
                bad[answer.device] = answer.error
            elif answer.error is not None:
                ended[answer.device] = self._told(Outcome.failed(answer.device, FAILED, answer.error))
        return ended, bad

    def _apply(self, turn: Turn, looking: Future[dict[str, Seen]]) -> Outcome | None:
        """Type what is missing. None: the device holds its target on trial and waits to be verified.

        What an earlier change left on trial is taken back first: a snapshot must be of a whole configuration. Where nothing can take it
        back its lines may be all there already: they are verified and kept like our own.
        """
        name = turn.device
        with turn.session(lambda: self.desk.kept.take(name) or self.desk.fleet.connect(name)) as device:
            left_behind = self._trials.left_behind(name)
            for change in left_behind:
                device.abandon(change)
            running = device.running()
            begun = self._is_begun(name)
            patch = patch_for(self.desk.city, name, running, self.targets[name])
            if not begun and not left_behind and not patch:
                return self._told(Outcome(name, UNCHANGED))
            _check_typable(name, patch)
            seen = looking.result()[name]
            turn.check()
            self.log.keep(name, running)
            means = device.arm(self._trials.of(name, resumed=begun))
            if begun:  # arming anew may have taken an earlier trial back
                running = device.running()
            patch = patch_for(self.desk.city, name, running, self.targets[name])
            if patch.is_disruptive:
                self._disruptive.add(name)
            self.log.note(name, ARMED, ipv4=seen.ipv4, ipv6=seen.ipv6, by=str(means))
            kill_point(f"device-{name}", "before")
            device.apply(_typed(name, patch))
            kill_point(f"device-{name}", "after")
        return None

    def _missing(self, outside: Outside, looking: Future[dict[str, Seen]], names: Sequence[str]) -> Problems:
        """Devices that other routers don't reach any more; where nobody can measure, nothing is taken on trust."""
        if not names:
            return {}
        seen, patience = looking.result(), self.desk.care.settle_seconds
        wanted = {name: Seen(seen[name].ipv4, seen[name].ipv6 or self._expects_ipv6(outside, name)) for name in names}
        try:
            missing = outside.wait(wanted, patience)
            held = {name: seen[name] for name in names if name in self._disruptive - missing.keys() and seen[name].is_any}
            if held:
                time.sleep(min(HOLD_SECONDS, patience))
                missing |= outside.wait(held, patience)
        except Unreachable as blind:
            return dict.fromkeys(wanted, blind)
        why = _("measured from another router for {seconds:g} s").format(seconds=patience)
        text = _("{device} is not reachable over {family} after the change")
        return {name: CitynodeError(text.format(device=name, family=family), why=why) for name, family in missing.items()}

    def _expects_ipv6(self, outside: Outside, name: str) -> bool:
        """Whether the device shall answer over IPv6: its target says so, and a way leads there."""
        loopback = str(addressing(self.desk.city).loopback(name).ipv6)
        holds = any(loopback in node.line.lower() for _path, node in self.targets[name].walk())
        return holds and outside.expects_ipv6(name, self.wave.devices)

    def _check_all(self, names: Sequence[str], missing: Future[Problems]) -> Problems:
        settle = 2 * self.desk.care.settle_seconds
        answers = self._each(_("verify"), names, lambda turn: self._check_and_save(turn, missing), extra=settle)
        return {answer.device: answer.error for answer in answers if answer.error is not None}

    def _check_and_save(self, turn: Turn, missing: Future[Problems]) -> None:
        """A new session finds the device as intended, others reach it, and it keeps that over a restart."""
        name = turn.device
        with turn.session(lambda: self.desk.fleet.connect(name)) as device:
            running = device.running()
            left = patch_for(self.desk.city, name, running, self.targets[name])
            if left and not patch_for(self.desk.city, name, running, snapshot_target(self.desk.city, name, self.log.before(name) or "")):
                raise TrialLapsed(name, _("it holds what it held before"))
            if left:
                raise CitynodeError(_("{device} did not keep every line").format(device=name), why=left.summary())
            problem = missing.result().get(name)
            if problem is not None:
                raise problem
            turn.check()
            device.confirm(self.log.change_id)
            device.save()

    def _restore_all(self, bad: Problems) -> dict[str, Outcome]:
        """Back to their snapshots, each; one that is lost is waited for as long as it may take to come back by itself."""
        patience = max((self._trials.patience(name) for name in bad), default=0.0)
        ours = tuple(name for name in bad if name not in self._running)
        answers = self._each(_("roll back"), ours, lambda turn: self._restore(turn, bad[turn.device]), extra=patience)
        ended = {answer.device: answer.value or self._stuck(answer.device, bad[answer.device], answer.error) for answer in answers}
        return ended | {name: self._stuck(name, bad[name]) for name in bad if name not in ended}

    def _restore(self, turn: Turn, problem: CitynodeError) -> Outcome:
        """Back to the snapshot, also in what the device keeps over a restart; proven by reading it again."""
        name = turn.device
        target = snapshot_target(self.desk.city, name, self.log.before(name) or "")
        try:
            with turn.session(lambda: self._trials.reconnect(name)) as device:
                patch = patch_for(self.desk.city, name, device.running(), target)
                by_itself = not patch
                if patch or isinstance(problem, TimedOut):  # it may still be at what the session that was cut had asked
                    device.abandon(self.log.change_id)
                    patch = patch_for(self.desk.city, name, device.running(), target)
                    device.apply(patch.commands)
                    patch = patch_for(self.desk.city, name, device.running(), target)
                if patch:
                    why = _by_hand(patch) or patch.summary()
                    raise RollbackFailed(_("{device} did not take its snapshot back").format(device=name), why=why)
                with suppress(TrialLapsed):  # nothing is to be typed any more
                    device.confirm(self.log.change_id)
                _save_back(device, problem)
        except CitynodeError as worse:
            return self._stuck(name, problem, worse)
        return self._told(Outcome.failed(name, ROLLED_BACK, self._came_back(name, problem) if by_itself and is_lost(problem) else problem))

    def _came_back(self, name: str, problem: CitynodeError) -> CitynodeError:
        """The error of a device that was lost after its lines and went back without us, of the kind that lost it."""
        return type(problem)(
            _("{device} was lost after its change and went back by itself").format(device=name),
            why=str(problem),
            hint=_(
                "the change cuts the way to it, or it is in trouble: look at the lines with citynode net diff --devices {device}"
            ).format(device=name),
        )

    def _stuck(self, name: str, *found: CitynodeError | None) -> Outcome:
        problems = [problem for problem in found if problem is not None]
        stuck = RollbackFailed(
            _("{device} holds the old, the new or half of each configuration").format(device=name),
            why="; ".join(str(problem) for problem in problems),
            hint=_("once it answers: {command}").format(command=f"citynode net rollback --change {self.log.change_id} --devices {name}"),
        )
        return self._told(Outcome(name, STUCK, str(stuck), stuck.hint, problems[-1].exit_code))

    def _is_begun(self, name: str) -> bool:
        """Whether this change may have typed lines there, in this process or one before it."""
        return any(note["device"] == name and note["state"] == ARMED for note in self.log.notes())

    def _told(self, outcome: Outcome) -> Outcome:
        """Write the outcome down; a journal that can't be written must not keep the others from being verified."""
        try:
            self.log.note(outcome.device, outcome.state, error=outcome.error, hint=outcome.hint)
        except CitynodeError as unwritten:
            self._unwritten.append(unwritten)
        return outcome

    def _each(self, label: str, names: Sequence[str], work: Callable[[Turn], Value], *, extra: float = 0.0) -> tuple[Answer[Value], ...]:
        """Do the work on each device, in turns that end when their time is over."""
        care, turns = self.desk.care, {name: Turn(name) for name in names}
        answers = each(
            names, lambda name: work(turns[name]), progress=self.desk.control.progress, label=f"{self.wave.name}: {label}",
            parallel=care.parallel, deadline=care.deadline_seconds + extra, late=lambda name: turns[name].end(),
        )  # fmt: skip
        self._running.update(answer.device for answer in answers if answer.is_running)
        return answers


def _save_back(device: Device, problem: CitynodeError) -> None:
    """Keep the old over a restart; if that is refused for the very reason for which the new wasn't kept, it is still the old that is kept.

    What was refused may have been half of it: FRR's own lines are saved apart from what stands beside them.
    """
    try:
        device.save()
    except NotSaved as again:
        if not isinstance(problem, NotSaved) or again.why != problem.why:
            raise


def _check_typable(name: str, patch: Patch) -> None:
    """Refuse what typing can't bring about before a line is typed."""
    if patch.by_hand:
        raise NoPatch(
            _("{device} can't be brought to what it held").format(device=name),
            why=_by_hand(patch),
            hint=_("put the file back by hand, then run the same command again"),
        )


def _by_hand(patch: Patch) -> str:
    """The lines that only somebody can type who knows their secrets; nothing where there are none."""
    return _("no router shows the secret in '{lines}'").format(lines="', '".join(patch.by_hand)) if patch.by_hand else ""


def _typed(name: str, patch: Patch) -> Iterator[str]:
    """The lines of a patch; a process may be made to die after its first section."""
    first, rest = patch.in_two()
    yield from first
    kill_point(f"device-{name}", "middle")
    yield from rest
