"""How an SNMP agent is asked: one narrow interface, what comes back, and what can be wrong. `monitoring.askers` has who asks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from monitoring.errors import LoginRefused, NoAnswer
from monitoring.ifmib import Value
from monitoring.model import Target
from ops.language import _


@dataclass(frozen=True, slots=True)
class Answer:
    """What an agent said: scalars by number, and for every column asked for the values by row."""

    scalars: dict[str, Value]
    columns: dict[str, dict[int, Value]]


class Asker(Protocol):
    """Asks agents; made once and used in one event loop."""

    async def ask(self, target: Target, scalars: Sequence[str], columns: Sequence[str], *, patience: float) -> Answer:
        """Everything asked for; raises `NoAnswer` or `LoginRefused`. `patience` (seconds) is for one exchange of packets."""

    def close(self) -> None:
        """Give back sockets."""


REJECTED = "it knows no such user, or the authentication key is wrong"
UNREADABLE = "it names itself but stays silent to this login: the privacy key is wrong"


def no_answer(target: Target, patience: float, why: str = "") -> NoAnswer:
    return NoAnswer(
        _("{device} does not answer SNMP").format(device=target.device),
        why=why
        or _("no reply from {address}:{port} within {patience:g} s").format(address=target.address, port=target.port, patience=patience),
        hint=_("is it up? citynode lab status; is the management network reachable from here?"),
        device=target.device,
    )


def refused(target: Target, why: str) -> LoginRefused:
    return LoginRefused(
        _("{device} refuses the SNMP login").format(device=target.device),
        why=why,
        hint=_("check snmp.user, snmp.auth, snmp.authentication and snmp.privacy of the access file"),
        device=target.device,
    )
