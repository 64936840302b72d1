"""What the demo measured: a name, a value, a unit, and the promise that it is held against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ops.plan import JsonObject


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure. `most` and `exactly` are promises; without either it is for information."""

    name: str
    value: float | int | str
    unit: str = ""
    most: float | None = None
    exactly: float | int | None = None

    @property
    def is_promised(self) -> bool:
        return self.most is not None or self.exactly is not None

    @property
    def is_kept(self) -> bool:
        """Whether the promise is kept; a figure without one keeps it."""
        if self.exactly is not None:
            return self.value == self.exactly
        return self.most is None or (isinstance(self.value, int | float) and self.value <= self.most)

    @property
    def promise(self) -> str:
        """The promise as people read it."""
        if self.exactly is not None:
            return f"= {self.exactly:g}"
        return f"≤ {self.most:g}" if self.most is not None else ""

    @property
    def shown(self) -> str:
        return f"{self.value:.2f}".rstrip("0").rstrip(".") if isinstance(self.value, float) else str(self.value)

    def as_data(self) -> JsonObject:
        return {"name": self.name, "value": self.value, "unit": self.unit, "promise": self.promise, "kept": self.is_kept}


@dataclass(frozen=True, slots=True)
class Told:
    """A chapter as it was told: what it was about, the commands that it ran, what they gave."""

    title: str
    about: str
    commands: tuple[str, ...]
    figures: Sequence[Figure]
    seconds: float

    def as_data(self) -> JsonObject:
        return {
            "title": self.title, "seconds": round(self.seconds, 1), "commands": list(self.commands),
            "figures": [figure.as_data() for figure in self.figures],
        }  # fmt: skip
