"""What the pack said in a run, read from Pulumi's events: the exit code of a run can't tell a policy from another failure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ops.errors import PolicyRefused
from ops.language import _
from stacks.guard.words import told

MANDATORY = "mandatory"
_COLOUR = re.compile(r"<\{%.*?%\}>")
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Verdict:
    """One thing that a policy says of one object."""

    rule: str
    object: str
    says: str
    refused: bool

    def __str__(self) -> str:
        return f"{self.rule}: {self.object}: {told(self.says)}"

    def as_data(self) -> dict[str, Any]:
        """The verdict for JSON."""
        return {"rule": self.rule, "object": self.object, "says": self.says, "refused": self.refused}


def verdict_of(event: Any) -> Verdict:
    """A `PolicyEvent` as a verdict."""
    says = _COLOUR.sub("", event.message).strip()
    return Verdict(event.policy_name, _object(event.resource_urn or ""), says, event.enforcement_level == MANDATORY)


def _object(urn: str) -> str:
    """`urn:pulumi:STACK::PROJECT::PARENT$TYPE::NAME` as kind and name; nothing for the stack itself."""
    parts = urn.split("::", 3)
    kind = parts[2].rpartition("$")[2].rpartition(":")[2] if len(parts) == 4 else "Stack"
    return _("the city's data") if kind == "Stack" else f"{kind} {parts[3]}"


def refusal(found: Sequence[Verdict]) -> PolicyRefused | None:
    """The error for what was refused, each with rule, object and what to do; None if nothing was."""
    refused = sorted({str(each) for each in found if each.refused})
    if not refused:
        return None
    more = [_("and {count} more").format(count=len(refused) - SHOWN)] if len(refused) > SHOWN else []
    return PolicyRefused(
        _("{count} time(s) a policy of the city says no").format(count=len(refused)),
        why="\n".join(["", *refused[:SHOWN], *more]),
        hint=_("mend what is declared; citynode policy list shows the rules and who is exempt"),
        refused=refused,
    )
