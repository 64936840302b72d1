"""What of a city is built in the lab: `lab.yaml` beside the city's files.

Routers and the links between them are always built in full. A site costs a gateway node, a self-built system costs a
host with a database, so the file names which of those are built. This module refuses to judge the city itself.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from ruamel.yaml.error import YAMLError

from city.model import City, Link, Name
from ops import yaml
from ops.errors import UsageProblem
from ops.language import _
from ops.suggest import nearest


class SpecModel(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class HostSpec(SpecModel):
    """A self-built system that gets a real host with data at the site where it runs."""

    system: Name
    seed_mb: float = Field(default=20, gt=0, le=10000, description="How much data its database and files get.")


class LabSpec(SpecModel):
    """Which sites and hosts are built."""

    sites: tuple[Name, ...]
    hosts: tuple[HostSpec, ...] = ()

    def links(self, city: City) -> tuple[Link, ...]:
        """The city's links whose both ends are built, in the city's order."""
        built = {router.name for router in city.routers} | set(self.sites)
        return tuple(link for link in city.links if link.a.node in built and link.b.node in built)


def load_spec(folder: Path, city: City) -> LabSpec:
    """The city's lab.yaml, checked against the city; without one, every centre, the province and the internet."""
    path = folder / "lab.yaml"
    if not path.is_file():
        chosen = tuple(site.name for site in city.sites if site.kind.value in {"centre", "province", "internet"})
        return LabSpec(sites=chosen)
    try:
        spec = LabSpec.model_validate(yaml.load(path.read_text(encoding="utf-8")))
    except YAMLError as broken:
        raise UsageProblem(
            _("{path} isn't YAML").format(path=path), why=str(broken).replace("\n", " "), hint="citynode city check"
        ) from broken
    except ValidationError as wrong:
        found = "; ".join(f"{'.'.join(str(key) for key in error['loc'])}: {error['msg']}" for error in wrong.errors())
        raise UsageProblem(
            _("{path} doesn't fit").format(path=path),
            why=found,
            hint=_("its keys are `sites` and `hosts`; compare it with cities/tiny/lab.yaml"),
        ) from wrong
    _check(path, spec, city)
    return spec


def _check(path: Path, spec: LabSpec, city: City) -> None:
    problems = [_unknown("site", name, city.site_by_name) for name in spec.sites if name not in city.site_by_name]
    for host in spec.hosts:
        system = city.system_by_name.get(host.system)
        if system is None:
            problems.append(_unknown("system", host.system, city.system_by_name))
        elif system.runs_at not in spec.sites:
            problems.append(_("system {system} runs at {site}, which isn't among `sites`").format(system=host.system, site=system.runs_at))
    if problems:
        raise UsageProblem(
            _("{path} doesn't fit the city").format(path=path), why="; ".join(problems), hint=_("citynode city show names what exists")
        )


def _unknown(kind: str, name: str, known: dict[str, object] | object) -> str:
    close = nearest(name, known)  # type: ignore[arg-type]
    absent = _("there is no {kind} named '{name}'").format(kind=_(kind), name=name)
    mean = _("did you mean '{close}'?").format(close=close)
    return f"{absent} ({mean})" if close else absent
