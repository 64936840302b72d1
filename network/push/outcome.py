"""What became of devices, as values, and the one error that stands for several of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from network.errors import ChangeFailed
from network.push.journal import KEPT, UNCHANGED
from ops.errors import CitynodeError, PolicyRefused, TimedOut, Unreachable
from ops.listing import listed
from ops.plan import JsonObject

SOUND = (KEPT, UNCHANGED)
"""The states of a device that holds its target."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one device."""

    device: str
    state: str
    error: str = ""
    hint: str = ""
    exit_code: int = 0
    """Of the error: 3 not reached, 5 not allowed, 9 too late, else 1."""

    @classmethod
    def failed(cls, device: str, state: str, problem: CitynodeError) -> Outcome:
        return cls(device, state, str(problem), problem.hint, problem.exit_code)

    @property
    def is_sound(self) -> bool:
        return self.state in SOUND

    def as_data(self) -> JsonObject:
        return {"device": self.device, "state": self.state, "error": self.error, "hint": self.hint, "exit_code": self.exit_code}


def named(failed: Sequence[JsonObject]) -> str:
    """The devices and their states, as people read them."""
    return listed(f"{entry['device']} ({entry['state']})" for entry in failed)


def error_class(failed: Sequence[JsonObject]) -> type[CitynodeError]:
    """The kind that all failures share; ChangeFailed where they differ."""
    codes = {entry["exit_code"] for entry in failed}
    kinds: dict[int, type[CitynodeError]] = {kind.exit_code: kind for kind in (Unreachable, PolicyRefused, TimedOut)}
    return kinds.get(codes.pop(), ChangeFailed) if len(codes) == 1 else ChangeFailed
