"""What all steps of one drill share: plan, topology, where it is watched from, and its names. Built again on resume."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dr.observe import no_primary, observe
from dr.probe.control import Probe
from dr.workspace import workspace_name

if TYPE_CHECKING:
    from city.model import City
    from dr.observe import Observed
    from dr.plan import DrillPlan
    from dr.topology import Node, Topology
    from ops.access import Access

SECRET = "probe.secret"  # noqa: S105 - the name of a file


@dataclass(frozen=True, slots=True)
class Scene:
    """One drill on its stage."""

    drill: str
    plan: DrillPlan
    topology: Topology
    city: City
    access: Access
    folder: Path
    began: str
    """When it was first asked for, ISO 8601 UTC."""

    @property
    def workspace(self) -> str:
        """The name of everything that it makes in databases and at the vantage site."""
        return workspace_name(self.plan.group, self.drill)

    @contextmanager
    def probe(self) -> Iterator[Probe]:
        """The probe, over a session of its own."""
        from dr.vantage import at_site

        with at_site(self.access, self.plan.vantage) as vantage:
            yield Probe(vantage, self.workspace)

    def look(self) -> Observed:
        return observe(self.topology)

    def primary(self) -> Node:
        """The member that accepts writes now."""
        seen = self.look()
        if not seen.primary:
            raise no_primary(self.topology, seen)
        return self.topology.node(seen.primary)

    def password(self) -> str:
        """The probe's password: made once a drill, kept until its cleanup."""
        path = self.folder / SECRET
        if not path.exists():
            fresh = path.with_name(SECRET + ".new")
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                file.write(secrets.token_urlsafe(24))
            fresh.replace(path)
        return path.read_text()

    def forget_password(self) -> None:
        (self.folder / SECRET).unlink(missing_ok=True)
