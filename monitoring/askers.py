"""Who asks SNMP agents: two implementations of one interface, one contract test for both.

`gufo` is fast and compiled; `pysnmp` is pure Python and runs where gufo's wheel doesn't. Both speak SNMPv3 authPriv
with SHA-1 or SHA-256 and AES-128 only: a city's routers must not be read in clear.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec

from monitoring.agent import Asker
from ops.suggest import unknown


def _gufo() -> Asker:
    from monitoring.gufo_agent import GufoAsker

    return GufoAsker()


def _pysnmp() -> Asker:
    from monitoring.pysnmp_agent import PysnmpAsker

    return PysnmpAsker()


ASKERS: dict[str, Callable[[], Asker]] = {"gufo": _gufo, "pysnmp": _pysnmp}


def make_asker(name: str = "") -> Asker:
    """The implementation of this name; without one, the fastest that is installed."""
    if name and name not in ASKERS:
        raise unknown("SNMP backend", name, ASKERS)
    return ASKERS[name or ("gufo" if find_spec("gufo") and find_spec("gufo.snmp") else "pysnmp")]()


async def make_asker_in_loop(name: str = "") -> Asker:
    """The same, made inside the event loop that it will be used in: pysnmp's engine is bound to its loop."""
    return make_asker(name)
