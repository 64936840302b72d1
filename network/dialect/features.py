"""What of an intent each dialect renders: a table, so that nobody takes a line for granted that no router holds.

FRR is the lab's: zebra, ospfd, ospf6d, staticd and, where a router takes part, bgpd and vrrpd in a network namespace each; filters and
rates are rules of the kernel under it; time, syslog, SNMP and logins are files of chrony, rsyslog, net-snmp and OpenSSH beside it. It says
what these do there and what the lab can check. Planes as such, BGP's families of them included, need VRF devices and MPLS, which the
lab's kernel lacks: those are rendered for the vendors' routers alone.
"""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import Final

from city.model import Dialect


class Feature(StrEnum):
    """A part of an intent."""

    INTERFACES = "interfaces"
    OSPF = "ospf"
    ADVERTISEMENTS = "router advertisements"
    PLANES = "planes"
    BGP = "bgp"
    FILTERS = "filters"
    RATES = "rates"
    GATEWAYS = "shared gateways"
    SERVICES = "time, syslog, snmp and traps"
    LOGINS = "login hardening"


_EVERYTHING = frozenset(Feature)
FEATURES: Final = MappingProxyType(
    {Dialect.FRR: _EVERYTHING - {Feature.PLANES}, Dialect.VRP8: _EVERYTHING, Dialect.VRP5: _EVERYTHING, Dialect.COMWARE7: _EVERYTHING}
)
"""What each dialect says."""


def silent_about(dialect: Dialect) -> tuple[Feature, ...]:
    """The parts of an intent that a dialect leaves out, in the table's order."""
    return tuple(feature for feature in Feature if feature not in FEATURES[dialect])
