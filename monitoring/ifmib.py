"""The objects that are asked for, by number, and how their values become a reading.

Names and numbers: IF-MIB (RFC 2863), SNMPv2-MIB (RFC 3418), SNMP-FRAMEWORK-MIB (RFC 3411).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from city.base import Dialect
from monitoring.model import Counters, Reading, Target
from network.dialect.vendor.names import city_name
from network.dialect.vendor.speaker import SPEAKERS

Value = int | str
Columns = Mapping[str, Mapping[int, Value]]

UPTIME = "1.3.6.1.2.1.1.3.0"
BOOTS = "1.3.6.1.6.3.10.2.1.2.0"
SCALARS = (UPTIME, BOOTS)

IF_X_ENTRY = "1.3.6.1.2.1.31.1.1.1"
IF_ENTRY = "1.3.6.1.2.1.2.2.1"
COLUMNS: dict[str, str] = {
    "name": f"{IF_X_ENTRY}.1",  # ifName
    "in_octets": f"{IF_X_ENTRY}.6",  # ifHCInOctets
    "in_packets": f"{IF_X_ENTRY}.7",  # ifHCInUcastPkts
    "out_octets": f"{IF_X_ENTRY}.10",  # ifHCOutOctets
    "out_packets": f"{IF_X_ENTRY}.11",  # ifHCOutUcastPkts
    "speed_mbit": f"{IF_X_ENTRY}.15",  # ifHighSpeed
    "discontinuity": f"{IF_X_ENTRY}.19",  # ifCounterDiscontinuityTime
    "status": f"{IF_ENTRY}.8",  # ifOperStatus
    "in_discards": f"{IF_ENTRY}.13",
    "in_errors": f"{IF_ENTRY}.14",
    "out_discards": f"{IF_ENTRY}.19",
    "out_errors": f"{IF_ENTRY}.20",
}
OPER_UP = 1
LOOPBACK_NAMES = frozenset({"lo"})


def reading(target: Target, at: datetime, scalars: Mapping[str, Value], columns: Columns) -> Reading:
    """The device's reading, under the city's names; interfaces that vanished while they were asked for are left out."""
    told = {index: _name(str(name), target.dialect) for index, name in columns["name"].items()}
    names = {index: name for index, name in told.items() if name not in LOOPBACK_NAMES}
    whole = [index for index in names if index in columns["in_octets"] and index in columns["out_octets"]]
    interfaces = tuple(_counters(names[index], index, columns) for index in whole)
    return Reading(target.device, at, int(scalars.get(UPTIME, 0)), int(scalars.get(BOOTS, 0)), interfaces)


def _name(told: str, dialect: Dialect) -> str:
    """The city's name of an interface; what the device itself calls it where the city has none, such as its management port."""
    speaker = SPEAKERS.get(dialect)
    return (city_name(told, speaker.words) if speaker else "") or told


def _counters(name: str, index: int, columns: Columns) -> Counters:
    def number(column: str) -> int:
        return int(columns[column].get(index, 0))

    return Counters(
        name=name,
        index=index,
        is_up=number("status") == OPER_UP,
        speed_mbit=number("speed_mbit"),
        in_octets=number("in_octets"),
        out_octets=number("out_octets"),
        in_packets=number("in_packets"),
        out_packets=number("out_packets"),
        in_errors=number("in_errors"),
        out_errors=number("out_errors"),
        in_discards=number("in_discards"),
        out_discards=number("out_discards"),
        discontinuity=number("discontinuity"),
    )
