"""How a failure crosses Pulumi: a marked line of text on this side, one of our errors again on the other.

Pulumi hands a provider's message to the user and nothing else. The mark in brackets keeps the kind of failure, and with
it the exit code.
"""

from __future__ import annotations

import re

import grpc

from ops.errors import CitynodeError, Declined, PolicyRefused, TimedOut, Unreachable, UsageProblem
from stacks.cluster.errors import FieldOwned, Refused, Stuck

MARKS: tuple[tuple[str, type[CitynodeError], grpc.StatusCode], ...] = (
    ("field-owned", FieldOwned, grpc.StatusCode.FAILED_PRECONDITION),
    ("stuck", Stuck, grpc.StatusCode.DEADLINE_EXCEEDED),
    ("timed-out", TimedOut, grpc.StatusCode.DEADLINE_EXCEEDED),
    ("stopped", Declined, grpc.StatusCode.ABORTED),
    ("unreachable", Unreachable, grpc.StatusCode.INTERNAL),
    ("policy", PolicyRefused, grpc.StatusCode.FAILED_PRECONDITION),
    ("usage", UsageProblem, grpc.StatusCode.INVALID_ARGUMENT),
    ("refused", Refused, grpc.StatusCode.INVALID_ARGUMENT),
    ("failed", CitynodeError, grpc.StatusCode.UNKNOWN),
)
"""Mark, error and status; the first that fits counts. Status UNAVAILABLE is not used: Pulumi takes it for a dead plugin."""

_LINE = re.compile(r"\[(?P<mark>[a-z-]+)\] (?P<what>.*?)(?: \| why: (?P<why>.*?))?(?: \| try: (?P<hint>.*?))?\s*$", re.MULTILINE)


def status_of(error: CitynodeError) -> grpc.StatusCode:
    return next(status for _, kind, status in MARKS if isinstance(error, kind))


def message_of(error: CitynodeError) -> str:
    """The error as one marked line."""
    mark = next(mark for mark, kind, _ in MARKS if isinstance(error, kind))
    parts = [f"[{mark}] {error.what}", f"why: {error.why}" if error.why else "", f"try: {error.hint}" if error.hint else ""]
    return " | ".join(" ".join(part.split()) for part in parts if part)


def errors_in(text: str) -> tuple[CitynodeError, ...]:
    """The errors of ours that a text of Pulumi's carries."""
    kinds = {mark: kind for mark, kind, _ in MARKS}
    found = []
    for line in _LINE.finditer(text):
        kind = kinds.get(line["mark"])
        if kind is Refused:
            found.append(CitynodeError(line["what"], why=line["why"] or "", hint=line["hint"] or ""))
        elif kind is not None:
            found.append(kind(line["what"], why=line["why"] or "", hint=line["hint"] or ""))
    return tuple(found)
