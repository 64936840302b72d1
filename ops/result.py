"""What an operation returns: results are values, and one bad target never hides the others."""

from __future__ import annotations

from dataclasses import dataclass, field

from ops.errors import CitynodeError
from ops.language import _
from ops.listing import listed


@dataclass(frozen=True, slots=True)
class Result:
    """The outcome for one target: a device, a zone, a system."""

    target: str
    changed: bool = False
    diff: str = ""
    error: str = ""
    hint: str = ""
    seconds: float = 0.0
    facts: dict[str, object] = field(default_factory=dict)

    @property
    def is_failed(self) -> bool:
        return bool(self.error)


@dataclass(frozen=True, slots=True)
class Batch:
    """The outcomes for many targets."""

    results: tuple[Result, ...]

    @property
    def failed(self) -> tuple[Result, ...]:
        return tuple(result for result in self.results if result.is_failed)

    @property
    def changed(self) -> tuple[Result, ...]:
        return tuple(result for result in self.results if result.changed)

    def raise_on_error(self, error: type[CitynodeError] = CitynodeError) -> None:
        """Raise one error that names every failed target, if any failed."""
        if self.failed:
            first = self.failed[0]
            names = listed(result.target for result in self.failed)
            what = _("{failed} of {all} failed: {names}").format(failed=len(self.failed), all=len(self.results), names=names)
            raise error(what, why=first.error, hint=first.hint)
