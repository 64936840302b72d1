"""The nearest known names to one that is not known."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from ops.errors import UsageProblem
from ops.language import _
from ops.listing import listed


def nearest(name: str, known: Iterable[str]) -> str:
    """The closest known name, or an empty string."""
    found = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return found[0] if found else ""


def unknown(kind: str, name: str, known: Iterable[str]) -> UsageProblem:
    """The error for a name that does not exist, with the nearest one that does."""
    names = sorted(known)
    close = nearest(name, names)
    if close:
        hint = _("did you mean '{close}'?").format(close=close)
    else:
        hint = _("known: {names}").format(names=listed(names, 8)) if names else ""
    return UsageProblem(_("there is no {kind} named '{name}'").format(kind=_(kind), name=name), hint=hint, name=name)
