"""What a policy rule is: a value that finds the same offenders in Python and in CEL.

A check names the offenders in an object: images, labels, containers. No offender, nothing wrong. So both sides have one
answer to compare and one sentence to say, whose `{found}` are the offenders and whose `{known}` is what the city allows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stacks.guard.facts import Facts

Body = Mapping[str, Any]
"""An object as Kubernetes reads it."""
CREATE, UPDATE, DELETE = "CREATE", "UPDATE", "DELETE"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of object, as admission selects it."""

    group: str
    version: str
    plural: str
    name: str
    subresources: tuple[str, ...] = ()
    """Those whose requests carry the whole object."""


@dataclass(frozen=True, slots=True)
class Case:
    """An object with what a check may know beside it: the labels of its namespace and the city."""

    body: Body
    space: Mapping[str, str]
    facts: Facts

    @property
    def metadata(self) -> Body:
        return self.body.get("metadata") or {}

    @property
    def labels(self) -> Mapping[str, str]:
        return self.metadata.get("labels") or {}

    @property
    def spec(self) -> Body:
        return self.body.get("spec") or {}


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that must not be: `cel` is an expression of the list of offenders, `find` the same in Python."""

    key: str
    kinds: tuple[Kind, ...]
    says: str
    cel: Callable[[Facts], str]
    find: Callable[[Case], Sequence[str]]
    known: Callable[[Facts], str] = lambda _facts: ""
    operations: tuple[str, ...] = (CREATE, UPDATE)

    def sentence(self, found: Sequence[str], facts: Facts) -> str:
        """What is missing and what to do, in English: the API server says exactly this."""
        return self.says.format(found=", ".join(found), known=self.known(facts))


@dataclass(frozen=True, slots=True)
class Lack:
    """Something that a whole stack lacks in one of its zones."""

    zone: str
    says: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of the city, where it comes from, its checks, and what it asks of a stack as a whole."""

    name: str
    title: str
    why: str
    checks: tuple[Check, ...]
    whole: Callable[[Sequence[Body], Facts], Iterator[Lack]] | None = None
    asks: str = ""
    """What `whole` asks for, in words."""

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds that it looks at."""
        return tuple(dict.fromkeys(kind.name for check in self.checks for kind in check.kinds))
