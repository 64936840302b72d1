"""What is wrong with a city's files: a value that says where, what and what to try.

A finding never stops anything by itself; `city.load` raises when one of them is an error.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from ops.language import N_, WORD

Path = tuple[str | int, ...]
"""Key path into the city's data: `("systems", 3, "plane")`."""


class Severity(StrEnum):
    ERROR = N_("error", WORD)
    NOTE = N_("note", WORD)


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem. `place` is the key path as people read it: names of items instead of their positions."""

    code: str
    message: str
    hint: str = ""
    path: Path = ()
    place: str = ""
    file: str = ""
    line: int = 0
    severity: Severity = Severity.ERROR

    def at(self, *, place: str, file: str, line: int) -> Finding:
        """The same finding with its position in the files."""
        return replace(self, place=place, file=file, line=line)

    @property
    def is_error(self) -> bool:
        return self.severity is Severity.ERROR

    def __str__(self) -> str:
        """One line, in the form that editors and compilers share: `file:line: place: message; hint`."""
        position = f"{self.file}:{self.line}: " if self.file else ""
        place = f"{self.place}: " if self.place else ""
        return f"{position}{place}{self.message}" + (f"; {self.hint}" if self.hint else "")

    def as_data(self) -> dict[str, object]:
        return {
            "code": self.code,
            "severity": self.severity.value,
            "place": self.place,
            "message": self.message,
            "hint": self.hint,
            "file": self.file,
            "line": self.line,
        }
