"""The centres of one run, worked on side by side: who they are, how they are reached, and one stack for each.

One centre that fails never hides the others: its error is part of its result, and the caller decides.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from city.model import City, Site
from ops.access import Access
from ops.errors import CitynodeError, UsageProblem
from ops.language import _
from ops.progress import Progress
from stacks.backend import backend_for
from stacks.change import CentreRun
from stacks.cluster.client import Cluster
from stacks.cluster.login import read_login
from stacks.engine import CentreStack, Engine
from stacks.foundation import foundation_objects
from stacks.manifest import Manifest
from stacks.placement import centre_named, zones_at
from stacks.program import Target, deploy_centre
from stacks.runtime import tuned
from stacks.zone import zone_objects

Told = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Member:
    """One centre of the run."""

    site: Site
    kubeconfig: Path
    stack: str


@dataclass(frozen=True, slots=True)
class Fleet:
    """The centres that a run is about."""

    city: City
    members: tuple[Member, ...]
    engine: Engine
    progress: Progress

    def each(self, work: Callable[[CentreStack, Told], CentreRun]) -> tuple[CentreRun, ...]:
        """Do the work on every centre's stack; the results in the centres' order."""
        with tuned(), ThreadPoolExecutor(max_workers=max(len(self.members), 1), thread_name_prefix="centre") as pool:
            return tuple(pool.map(lambda member: self._one(member, work), self.members))

    def outputs(self) -> tuple[tuple[str, dict[str, Any]], ...]:
        """What each centre's stack says of itself."""
        return tuple((member.site.name, self.engine.open(member.stack, member.site.name, _nothing).outputs()) for member in self.members)

    def _one(self, member: Member, work: Callable[[CentreStack, Told], CentreRun]) -> CentreRun:
        began, name = time.monotonic(), member.site.name
        count, done = len(declared(self.city, member.site)), iter(range(1, 1_000_000))
        try:
            target = Target(str(member.kubeconfig), identity_of(member.kubeconfig))
            stack = self.engine.open(member.stack, name, lambda: deploy_centre(self.city, name, target))
            return work(stack, lambda title: self.progress.step(f"{name}: {title}", done=min(next(done), count), total=count))
        except CitynodeError as failed:
            return CentreRun(name, (), 0, time.monotonic() - began, error=failed)


def assemble(
    city: City, access: Access, names: Iterable[str], *, state: Path, pulumi: Path, progress: Progress, force: bool = False
) -> Fleet:
    """The fleet of these centres, or of all of them."""
    chosen = tuple(centre_named(city, name) for name in dict.fromkeys(names)) or city.centres
    missing = [site.name for site in chosen if site.name not in access.centres]
    if missing:
        what = _("the access file knows no cluster at {names}").format(names=", ".join(missing))
        raise UsageProblem(what, hint=_("add it under centres: in the access file"))
    scope = ".".join(part for part in (city.name, access.lab) if part)
    members = tuple(Member(site, access.centres[site.name].kubeconfig.absolute(), f"{scope}.{site.name}") for site in chosen)
    return Fleet(city, members, Engine(backend_for(state, os.environ), pulumi, force=force), progress)


def declared(city: City, site: Site) -> tuple[Manifest, ...]:
    """Every object that a centre's stack declares."""
    return (*foundation_objects(city), *(manifest for zone in zones_at(city, site) for manifest in zone_objects(zone, city)))


def identity_of(kubeconfig: Path) -> str:
    """What tells this cluster from any other; raises `Unreachable` before anything is begun."""
    space = Cluster(read_login(str(kubeconfig)), threads=1).request("GET", "/api/v1/namespaces/kube-system")
    return str(space["metadata"]["uid"])


def raise_failed(runs: Iterable[CentreRun]) -> None:
    """Raise the first centre's error with the names of all that failed, if any did."""
    failed = [(run.name, run.error) for run in runs if isinstance(run.error, CitynodeError)]
    if not failed:
        return
    name, first = failed[0]
    more = "".join(f"\n{other}: {error}" for other, error in failed[1:])
    raise type_of(first)(f"{name}: {first.what}", why=first.why + more, hint=first.hint)


def type_of(error: CitynodeError) -> type[CitynodeError]:
    """The class of the error tree that has the error's exit code and a plain constructor."""
    return next(kind for kind in type(error).__mro__ if kind.__module__ == "ops.errors")


def _nothing() -> None:
    """The program of a run that has none."""
