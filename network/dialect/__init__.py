"""The command languages that the engine speaks; one table says which."""

from __future__ import annotations

from city.model import Dialect
from network.dialect.base import DialectRules, Rule
from network.dialect.frr import Frr
from network.dialect.vendor.speaker import SPEAKERS
from ops.errors import UsageProblem
from ops.language import _

DIALECTS: dict[Dialect, DialectRules] = {Dialect.FRR: Frr(), **SPEAKERS}


def dialect(name: Dialect) -> DialectRules:
    """The rules of a command language."""
    if name not in DIALECTS:
        known = ", ".join(sorted(DIALECTS))
        raise UsageProblem(
            _("citynode does not speak {name} yet").format(name=name),
            hint=_("it speaks {known}; change `dialect` of the router in the city's data").format(known=known),
        )
    return DIALECTS[name]


__all__ = ["DIALECTS", "DialectRules", "Rule", "dialect"]
