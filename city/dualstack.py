"""What has IPv4 and, on purpose, no IPv6: written down, with the reason, so that parity is a figure and not an opinion."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from pydantic import Field

from city.base import CityModel, ContactRole

_PATTERN = frozenset("*?[")


class TwinKind(StrEnum):
    """Things that exist in both families, or are exempt."""

    INTERFACE = "interface"
    ROUTE = "route"
    PEER = "peer"
    FILTER = "filter"
    GATEWAY = "gateway"
    TARGET = "target"
    NAME = "name"
    SYSTEM = "system"


class Ipv6Exemption(CityModel):
    """Something that has IPv4 and, on purpose, no IPv6."""

    kind: TwinKind
    name: str = Field(min_length=1, description="As `citynode net ipv6 verify` names it; `*` stands for anything.")
    owner: ContactRole = Field(default=ContactRole.NETWORK, description="The duty that mends it.")
    reason: str = Field(min_length=1)
    until: date | None = Field(default=None, description="The last day on which it holds; without a day it stands until it is taken out.")

    @property
    def is_pattern(self) -> bool:
        """Whether it may stand for more than one thing."""
        return not _PATTERN.isdisjoint(self.name)
