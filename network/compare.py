"""Reading devices and comparing them with what they shall be; changes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass

from city.model import City
from network.desk import Desk
from network.devices.fanout import Answer, each
from network.dialect import dialect
from network.diff import NOTHING, Patch, diff
from network.intent.router import intents
from network.patch import NoPatch
from network.rollout import Rollout
from network.tree import Tree
from ops.errors import CitynodeError, Unreachable
from ops.language import _
from ops.listing import listed
from ops.plan import JsonObject


@dataclass(frozen=True, slots=True)
class Pending:
    """What a device still lacks, or why that can't be known."""

    device: str
    patch: Patch = NOTHING
    error: CitynodeError | None = None
    running: str | None = None
    """What it printed, for those who judge the change as a whole."""

    @property
    def text(self) -> str:
        return self.patch.text()


def targets(city: City, rollout: Rollout, names: Sequence[str]) -> dict[str, Tree]:
    """What each device shall hold in the lines that we own."""
    return {name: dialect(intent.dialect).render(intent) for name, intent in intents(city, rollout, names).items()}


class Compared:
    """A plan that was made by comparing devices: what of it the world still lacks."""

    __slots__ = ()
    pending: tuple[Pending, ...]

    @property
    def to_change(self) -> tuple[Pending, ...]:
        return tuple(entry for entry in self.pending if entry.patch)

    @property
    def unreadable(self) -> tuple[Pending, ...]:
        return tuple(entry for entry in self.pending if entry.error is not None)

    def differences(self, city: City) -> JsonObject:
        """The lines of every device that differs, without secrets, and the devices that could not be read."""
        return {
            "changes": [
                {"device": entry.device, "diff": masked(city, entry.device, entry.text), "disruptive": entry.patch.is_disruptive}
                for entry in self.to_change
            ],
            "unreachable": [{"device": entry.device, "error": str(entry.error)} for entry in self.unreadable],
        }


def patch_for(city: City, name: str, running: str, target: Tree) -> Patch:
    """What brings one device from its running text to the target."""
    rules = dialect(city.router_by_name[name].dialect)
    return diff(rules.parse(running), target, rules)


def snapshot_target(city: City, name: str, snapshot: str) -> Tree:
    """A snapshot as a target: what a rollback goes to."""
    return dialect(city.router_by_name[name].dialect).parse(snapshot)


def read_all(desk: Desk, names: Sequence[str], *, keep: bool = False) -> tuple[Answer[str], ...]:
    """The running configuration of each device; `keep` leaves the sessions to a change that follows."""

    def read(name: str) -> str:
        with ExitStack() as ended:
            device = ended.enter_context(closing(desk.fleet.connect(name)))
            text = device.running()
            if keep:
                ended.pop_all()
                desk.kept.put(device)
        return text

    care = desk.care
    return each(names, read, progress=desk.control.progress, label=_("read"), parallel=care.parallel, deadline=care.deadline_seconds)


def compare(desk: Desk, wanted: Mapping[str, Tree], *, keep: bool = False) -> tuple[Pending, ...]:
    """What is pending on each device; `keep` as in `read_all`."""
    found = []
    for answer in read_all(desk, tuple(wanted), keep=keep):
        if answer.error is not None or answer.value is None:
            found.append(Pending(answer.device, error=answer.error))
            continue
        found.append(_pending(desk.city, answer.device, answer.value, wanted[answer.device]))
    return tuple(found)


def _pending(city: City, name: str, running: str, target: Tree) -> Pending:
    """What the device lacks; one that can't be brought to its target says so and leaves the others their own."""
    try:
        return Pending(name, patch_for(city, name, running, target), running=running)
    except CitynodeError as problem:
        return Pending(name, error=problem)


def masked(city: City, name: str, text: str) -> str:
    """Text of a device without secrets, for people and logs."""
    return dialect(city.router_by_name[name].dialect).mask(text)


def raise_unreadable(found: Sequence[Pending]) -> None:
    """One error that names the devices that could not be read or compared, in the kind that they share."""
    broken = [(entry.device, entry.error) for entry in found if entry.error is not None]
    if not broken:
        return
    error = Unreachable if any(problem.exit_code == Unreachable.exit_code for _name, problem in broken) else CitynodeError
    first = broken[0][1]
    names = listed(name for name, _problem in broken)
    is_read = all(isinstance(problem, NoPatch) for _name, problem in broken)
    text = (
        _("{count} devices can't be brought to the city's intent: {names}") if is_read else _("{count} devices could not be read: {names}")
    )
    raise error(text.format(count=len(broken), names=names), why=str(first), hint=first.hint)
