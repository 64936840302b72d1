"""How an SNMP agent is asked: one narrow interface, two implementations behind it, one contract test for both.

`gufo` is fast and compiled; `pysnmp` is pure Python and runs where gufo's wheel doesn't. Both speak SNMPv3 authPriv
with SHA-1 and AES-128 only: a city's routers must not be read in clear.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Protocol

from monitoring.errors import LoginRefused, NoAnswer
from monitoring.ifmib import Value
from monitoring.model import Target
from ops.language import _
from ops.suggest import unknown


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


def _gufo() -> Asker:
    from monitoring.gufo_agent import GufoAsker

    return GufoAsker()


def _pysnmp() -> Asker:
    from monitoring.pysnmp_agent import PysnmpAsker

    return PysnmpAsker()


REJECTED = "it knows no such user, or the authentication key is wrong"
UNREADABLE = "it names itself but stays silent to this login: the privacy key is wrong"

ASKERS: dict[str, Callable[[], Asker]] = {"gufo": _gufo, "pysnmp": _pysnmp}


def make_asker(name: str = "") -> Asker:
    """The implementation of this name; without one, the fastest that is installed."""
    if name and name not in ASKERS:
        raise unknown("SNMP backend", name, ASKERS)
    return ASKERS[name or ("gufo" if find_spec("gufo") and find_spec("gufo.snmp") else "pysnmp")]()


async def make_asker_in_loop(name: str = "") -> Asker:
    """The same, made inside the event loop that it will be used in: pysnmp's engine is bound to its loop."""
    return make_asker(name)


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
        hint=_("check snmp.user, snmp.auth and snmp.privacy of the access file"),
        device=target.device,
    )
