"""Operations that survive `kill -9`: steps that were done are not done again, and nobody else works on the same thing.

`perform` is the whole walk: leases, begin or resume, steps (each written down by DBOS when it is done), compensation
when one fails, the trail at both ends. A step may run twice if the process dies inside it, so steps are idempotent and
put the change id where they work. DBOS remembers steps; excluding others is the leases' task (`ops.lease`).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ops.control import Control
from ops.errors import CitynodeError, Declined, PolicyRefused
from ops.killpoint import kill_point
from ops.language import N_, WORD, _, step_name
from ops.plan import JsonObject, digest, plain
from ops.progress import Progress

if TYPE_CHECKING:
    from ops.lease import Fence
    from ops.record import Attempt, Record

__all__ = ["JsonObject", "Outcome", "Run", "Step", "Work", "abandon", "perform"]

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Run:
    """What a step is given. `done` has the results of the steps before it, also from before a crash."""

    change_id: str
    payload: JsonObject
    done: Mapping[str, JsonObject]
    fence: int
    progress: Progress
    check_lease: Callable[[], None] = lambda: None
    """For right before an effect that must not happen twice at once: the work stops there when its lease is somebody else's."""


@dataclass(frozen=True)
class Step:
    """One step: idempotent, and its result is plain JSON."""

    name: str
    do: Callable[[Run], JsonObject]


@dataclass(frozen=True)
class Work:
    """What is to be done. `compensate` is done in order when a step fails."""

    kind: str
    subject: str
    payload: JsonObject
    steps: tuple[Step, ...]
    leases: tuple[str, ...]
    compensate: tuple[Step, ...] = ()
    give_up: str | None = ""
    """The command that gives it up and removes what it put down; `{change}` is its change id.

    Empty: nothing is to be removed, `citynode ops abandon` does. None: half-way there is only the way on.
    """

    def __post_init__(self) -> None:
        names = [step.name for step in (*self.steps, *self.compensate)]
        if len(names) != len(set(names)):
            raise ValueError(f"{self.kind}: two steps have the same name: {names}")


@dataclass(frozen=True)
class Outcome:
    change_id: str
    results: Mapping[str, JsonObject]
    resumed: bool
    seconds: float


def perform(control: Control, work: Work) -> Outcome:
    """Do the work, or what is left of it; PolicyRefused if something else is unfinished or going on there."""
    from ops.record import Record

    began = time.monotonic()
    with control.leases.hold(f"{work.kind}:{work.subject}", *work.leases, owner=control.author) as fence:
        record = Record.open(control)
        record.prepare()
        attempt = _attempt(control, work, record)
        if attempt.failed:  # the process died while it was undoing: finish that, then begin anew
            control.progress.note(_("undoing what is left of {change}, which failed").format(change=attempt.change_id))
            _undo_only(control, work, record, attempt, fence)
            attempt = _new(control, work, record)
        results = _walk(control, work, record, attempt, fence)
    return Outcome(attempt.change_id, results, attempt.is_resumed, time.monotonic() - began)


def abandon(control: Control, run: Attempt) -> None:
    """Give a run up that was cut off, so that nobody goes on with it; the trail has it before the record forgets it."""
    from ops.record import Record

    control.trail.append(
        who=control.author, action=run.kind, subject=run.subject, outcome="abandoned", plan_hash=run.plan_hash,
        facts={"change_id": run.change_id, "steps_done": list(run.done)},
    )  # fmt: skip
    Record.open(control).abandon(run)


def _attempt(control: Control, work: Work, record: Record) -> Attempt:
    """The next attempt of the unfinished run, or the first of a new one."""
    unfinished = record.unfinished(work.kind, work.subject)
    if unfinished is None:
        return _new(control, work, record)
    if unfinished.digest != digest(plain(work.payload)):
        raise PolicyRefused(
            _("{kind} of {subject} was begun with another plan and is not finished").format(kind=work.kind, subject=work.subject),
            why=_("{change} by {author} at {begun}").format(change=unfinished.change_id, author=unfinished.author, begun=unfinished.begun),
            hint=" | ".join(way for way in (f"citynode ops resume {unfinished.change_id}", unfinished.way_out) if way),
            change_id=unfinished.change_id,
        )
    control.progress.note(
        _("going on with {change}; steps that are done: {count}").format(change=unfinished.change_id, count=len(unfinished.done))
    )
    return replace(unfinished.again(control), give_up=work.give_up)


def _new(control: Control, work: Work, record: Record) -> Attempt:
    return replace(record.new(work.kind, work.subject, plain(work.payload), control), give_up=work.give_up)


def _walk(control: Control, work: Work, record: Record, attempt: Attempt, fence: Fence) -> Mapping[str, JsonObject]:
    """All steps that are not done, in one DBOS workflow; compensation in the same one when a step fails."""
    results: dict[str, JsonObject] = dict(attempt.done)

    with _told(control, attempt, N_("resumed", WORD) if attempt.is_resumed else N_("begun", WORD)) as facts:

        def steps() -> None:
            failed = _forward(control, work, record, attempt, fence, results)
            if failed is not None:
                try:
                    _backward(control, work, record, attempt, fence, results)
                except Exception as stuck:
                    raise _half_undone(failed, stuck) from stuck
                facts["undone"] = bool(work.compensate)
                raise failed

        record.run(attempt, steps)
    return results


def _forward(
    control: Control, work: Work, record: Record, attempt: Attempt, fence: Fence, results: dict[str, JsonObject]
) -> Exception | None:
    """Do the steps that are left; the failure of the one that failed, if one did."""
    for number, step in enumerate(work.steps, start=1):
        if step.name in results:
            continue
        _check(fence)
        control.progress.step(step_name(step.name), done=number - 1, total=len(work.steps))
        failure: list[Exception] = []

        def do(step: Step = step, failure: list[Exception] = failure) -> JsonObject:
            kill_point(step.name, "before")
            try:
                result: JsonObject = plain(step.do(_run(control, attempt, results, fence)))
            except Exception as problem:
                failure.append(problem)
                raise
            kill_point(step.name, "after")
            return result

        try:
            results[step.name] = record.step(step.name, do)
        except Exception as problem:
            if failure:
                return failure[0]
            raise _Cut(_unwritten(step.name, problem)) from problem
    return None


def _backward(control: Control, work: Work, record: Record, attempt: Attempt, fence: Fence, results: Mapping[str, JsonObject]) -> None:
    """Undo in order; a compensation that fails leaves the rest undone too and says so."""
    for step in work.compensate:
        if step.name in attempt.undone:
            continue
        _check(fence)
        control.progress.note(_("undoing: {step}").format(step=step_name(step.name)))

        def do(step: Step = step) -> JsonObject:
            kill_point(step.name, "before")
            result: JsonObject = plain(step.do(_run(control, attempt, results, fence)))
            kill_point(step.name, "after")
            return result

        record.undo(step.name, do)


def _half_undone(failed: Exception, stuck: Exception) -> Exception:
    """The failure itself, saying too that undoing it failed: neither hides the other."""
    if not isinstance(failed, CitynodeError):
        return failed
    failed.why = "; ".join(part for part in (failed.why, _("undoing it failed as well: {why}").format(why=stuck)) if part)
    failed.hint = _("mend that, then run the same command again")
    return failed


def _undo_only(control: Control, work: Work, record: Record, attempt: Attempt, fence: Fence) -> None:
    with _told(control, attempt, "resumed", end="undone"):
        record.run(attempt, lambda: _backward(control, work, record, attempt, fence, attempt.done))


def _run(control: Control, attempt: Attempt, results: Mapping[str, JsonObject], fence: Fence) -> Run:
    return Run(attempt.change_id, attempt.payload, dict(results), fence.token, control.progress, lambda: _check(fence))


@contextmanager
def _told(control: Control, attempt: Attempt, begin: str, *, end: str = "done") -> Iterator[JsonObject]:
    """The trail at both ends: begun or resumed, then done, failed (with these facts) or interrupted."""

    def tell(outcome: str, **facts: object) -> None:
        control.trail.append(
            who=control.author, action=attempt.kind, subject=attempt.subject, outcome=outcome, plan_hash=attempt.plan_hash,
            facts={"change_id": attempt.change_id, **facts},
        )  # fmt: skip

    tell(begin)
    failed: JsonObject = {"undone": False}
    try:
        yield failed
    except KeyboardInterrupt as stop:
        tell(N_("interrupted", WORD))
        raise Declined(
            _("stopped; {change} is unfinished").format(change=attempt.change_id),
            why=_("what was done stays as it is"),
            hint=_ways_on(attempt),
        ) from stop
    except _Cut as cut:
        tell("interrupted", error=str(cut.problem)[:300])
        raise cut.problem from cut
    except Exception as problem:
        tell("failed", error=str(problem)[:300], **failed)
        raise
    tell(end)


def _ways_on(attempt: Attempt) -> str:
    if not attempt.way_out:
        return _("the same command goes on with it; half-way it can't be given up")
    return _("the same command goes on with it; to give it up: {command}").format(command=attempt.way_out)


class _Cut(BaseException):
    """Why nothing more is done, not even undoing. No `Exception`: DBOS would write down that the run has ended, and it has not."""

    def __init__(self, problem: CitynodeError) -> None:
        super().__init__(str(problem))
        self.problem = problem


def _check(fence: Fence) -> None:
    try:
        fence.check()
    except PolicyRefused as lost:
        raise _Cut(lost) from lost


def _unwritten(step: str, problem: Exception) -> CitynodeError:
    """A step was done and its result could not be written down; it will be asked again."""
    return CitynodeError(
        _("the result of step {step} could not be written down").format(step=step_name(step)),
        why=str(problem).splitlines()[0][:300],
        hint=_("free some space or mend the state folder, then run the same command: it goes on there"),
    )
