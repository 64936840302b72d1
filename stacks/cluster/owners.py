"""Who owns a field: what the API server says about server-side apply conflicts, and whose hand is overruled."""

from __future__ import annotations

import re
from dataclasses import dataclass

from stacks.cluster.errors import Refused

HANDS = ("kubectl", "OpenAPI-Generator", "k9s", "node-fetch", "Mozilla", "dashboard")
"""Field managers that stand for a person at a client: `kubectl edit` writes as kubectl-edit, a Python shell as OpenAPI-Generator."""

_CONFLICT = re.compile(r'conflict with "(?P<manager>[^"]+)"(?: with subresource "[^"]*")?(?P<update> using )?')


@dataclass(frozen=True, slots=True)
class Conflict:
    """A field that another manager owns; `applied` means that it was declared (server-side apply), not merely changed."""

    manager: str
    field: str
    applied: bool


def conflicts(refused: Refused) -> tuple[Conflict, ...]:
    """The conflicts that the API server's answer lists; none if it was refused for another reason."""
    details = refused.facts.get("details")
    causes = details.get("causes") or () if isinstance(details, dict) else ()
    found = []
    for cause in causes:
        match = _CONFLICT.search(str(cause.get("message", "")))
        if cause.get("reason") == "FieldManagerConflict" and match:
            found.append(Conflict(match["manager"], str(cause.get("field", "")).lstrip("."), applied=match["update"] is None))
    return tuple(found)


def is_hand(conflict: Conflict) -> bool:
    """Whether the field was changed by a person at a client, whom the declaration overrules."""
    return not conflict.applied and conflict.manager.startswith(HANDS)
