"""What every part of the city's data is made of: the frozen base, names, titles and duties."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=40)]
"""The identifier of anything in the city: lower-case words joined by hyphens."""


class CityModel(BaseModel):
    """Base of all city data: frozen, and a key that it does not know is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """The changed copy, without the indexes that were worked out for the original."""
        copy = super().model_copy(update=update, deep=deep)
        for key in [key for key in copy.__dict__ if key not in type(self).model_fields]:
            del copy.__dict__[key]
        return copy


class Text(CityModel):
    """A name as people read it, in both languages."""

    zh: str
    en: str


class ContactRole(StrEnum):
    NETWORK = "network-duty"
    CLOUD = "cloud-duty"
    DR = "dr-lead"
    SECURITY = "security-duty"
    APPROVER = "approver"


class Dialect(StrEnum):
    """The command language that a router speaks."""

    FRR = "frr"
    VRP8 = "vrp8"
    VRP5 = "vrp5"
    COMWARE7 = "comware7"
