"""The cloud's part of the city's data: systems and what their landing zones may use, pools, exemptions, protection groups.

Like all of `city.model` it only says what is. How much of a quota a zone has in which centre is `city.placement`'s, what a
department's zones add up to is `city.pools`'.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field

from city.base import CityModel, ContactRole, Name, Text


class SystemKind(StrEnum):
    SELF_BUILT = "self-built"
    BASE = "base"
    PLATFORM = "platform"
    GOVERNANCE = "governance"
    SERVICE = "service"


class SystemState(StrEnum):
    RUNNING = "running"
    CONSTRUCTION = "construction"


class Tier(StrEnum):
    """DR tier: none, data-level (数据级) or application-level (应用级)."""

    NONE = "none"
    DATA = "data"
    APPLICATION = "application"


class Egress(StrEnum):
    """How far a zone's pods reach beyond what the system's data names (its zone, DNS, its database, the systems it needs)."""

    CLOSED = "closed"
    CITY = "city"
    INTERNET = "internet"


class Backup(CityModel):
    every_hours: int = Field(gt=0)
    keep_days: int = Field(gt=0)


class Probe(CityModel):
    """How the system is asked, from outside, whether it works."""

    kind: Annotated[str, Field(pattern="^(http|tcp)$")] = "http"
    port: int = Field(default=8080, gt=0, lt=65536)
    path: str = "/health"


class Quota(CityModel):
    """What the system's landing zone may use in one centre."""

    cpu_millis: int = Field(gt=0)
    memory_mib: int = Field(gt=0)
    storage_gib: int = Field(gt=0)
    pods: int = Field(gt=0)


class Workload(CityModel):
    """What the system is made of, as far as a move has to know."""

    database: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")] | None = Field(default=None, description="PostgreSQL database.")
    files: str | None = Field(default=None, description="Absolute path of its files on the host where it runs.")
    image: str = Field(description="Container image that runs it in its landing zone.")
    port: int = Field(default=8080, gt=0, lt=65536)


PLAN_YEARS = (2019, 2021)
"""The first and the last year of the master plan."""

CostCentre = Annotated[str, Field(pattern=r"^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$")]
"""What the bill goes to, in the form of a Kubernetes label's value."""


def _department(fields: dict[str, Any]) -> str:
    """The department pays unless the system's data says who does: the one place that says so."""
    return str(fields["department"])


class System(CityModel):
    """An information system that the node hosts or is to host."""

    name: Name
    was: tuple[Name, ...] = Field(default=(), description="Names that it had before, the oldest first: its zone keeps that one.")
    title: Text
    kind: SystemKind
    department: Name
    owner: ContactRole = ContactRole.CLOUD
    cost_centre: CostCentre = Field(default_factory=_department, description="Who is billed; the department, if left out.")
    review_after: date = Field(description="Day from which owner and department have to say again what the zone is for.")
    state: SystemState = SystemState.RUNNING
    mlps: int = Field(ge=1, le=4, description="MLPS level, GB/T 22239-2019.")
    tier: Tier
    plane: Name
    egress: Egress = Field(default=Egress.CITY, description="Where its pods may call: internet only on a plane with egress.")
    frozen: bool = Field(default=False, description="No new pods in its zone until this is taken back; those that run stay.")
    data_gb: float = Field(ge=0)
    write_mbit: float = Field(ge=0, description="Rate at which its data changes.")
    bandwidth_mbit: float = Field(gt=0, description="What its users need from the network at the busy hour.")
    needs: tuple[Name, ...] = Field(default=(), description="Systems that it can't work without.")
    runs_at: Name = Field(description="The site where it runs today.")
    backup: Backup | None = None
    probe: Probe = Probe()
    quota: Quota
    workload: Workload | None = Field(default=None, description="Known once the system was inventoried.")
    wave: int = Field(ge=PLAN_YEARS[0], le=PLAN_YEARS[1], description="Year of the plan in which it moves or starts on the cloud.")
    assumed: bool = False


class Storage(CityModel):
    """Who makes the volumes of the landing zones. The default makes none: a city without a driver prepares local volumes by hand."""

    provisioner: str = "kubernetes.io/no-provisioner"
    parameters: dict[Tier, dict[str, str]] = Field(default_factory=dict, description="What the driver is told, by DR tier.")
    expands: bool = Field(default=False, description="The driver can enlarge a volume.")


class Pool(CityModel):
    """What all zones of a department may reserve together, in all centres."""

    department: Name
    cpu_millis: int = Field(gt=0)
    memory_mib: int = Field(gt=0)
    storage_gib: int = Field(gt=0)
    pods: int = Field(gt=0)
    assumed: bool = False


class Exemption(CityModel):
    """A system's leave to break a policy rule for a while."""

    system: Name
    rule: Name
    owner: ContactRole = Field(description="The duty that mends it.")
    reason: str = Field(min_length=1)
    approver: Name = Field(description="The organisation that allowed it: never the operator (管运分离).")
    expires: date = Field(description="The last day on which it holds.")


class Group(CityModel):
    """A DR protection group: systems that switch together between two centres."""

    name: Name
    title: Text
    systems: tuple[Name, ...]
    centres: tuple[Name, Name] = Field(description="The two same-city centres.")
    remote: Name
    rto_seconds: float = Field(gt=0, description="Promised recovery time objective.")
    rpo_seconds: float = Field(ge=0, description="Promised recovery point objective.")
