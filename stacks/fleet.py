"""The centres of one run, worked on side by side: who they are, how they are reached, and one stack for each.

One centre that fails never hides the others: its error is part of its result, and the caller decides.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from city.model import City, Site
from ops.access import Access
from ops.errors import CitynodeError, Unreachable, UsageProblem
from ops.language import _
from ops.progress import Progress
from ops.suggest import unknown
from stacks.cluster.client import Cluster
from stacks.cluster.login import read_login
from stacks.declare.foundation import foundation_objects
from stacks.declare.manifest import Manifest
from stacks.declare.placement import centre_named, zones_at
from stacks.declare.program import Target, deploy_centre
from stacks.declare.zone import zone_objects
from stacks.engine import launch
from stacks.engine.automation import CentreStack, Engine
from stacks.engine.backend import backend_for
from stacks.engine.change import CentreRun
from stacks.engine.runtime import tuned
from stacks.engine.scope import EVERYTHING, Scope
from stacks.engine.settled import is_settled, is_unremarkable
from stacks.guard.watch import Watch
from stacks.provider.serve import FEW

Told = Callable[[str], None]
Work = Callable[[CentreStack, Told], CentreRun]
Known = Callable[["Fleet", "Member", str], "CentreRun | None"]


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
    scope: Scope = EVERYTHING

    def each(self, work: Work, before: Callable[[Fleet, Member], None] | None = None, known: Known | None = None) -> tuple[CentreRun, ...]:
        """Do the work on every centre's stack, if what is asked `before` doesn't refuse; the results in the centres' order.

        Where the answer is `known` without the engine, the work isn't done.

        A Ctrl-C is handed on to every pulumi: they end what they are at, write their state, and release their locks.
        """
        self.engine.command()  # written once for all centres
        with tuned(), ThreadPoolExecutor(max_workers=max(len(self.members), 1), thread_name_prefix="centre") as pool:
            runs = [pool.submit(self._one, member, work, before, known) for member in self.members]
            try:
                return tuple(run.result() for run in runs)
            except KeyboardInterrupt:
                self.progress.note(_("stopping: what is under way is ended and written down"))
                launch.interrupt()
                raise

    def stacks(self) -> tuple[tuple[str, CentreStack], ...]:
        """Each centre's name and stack, for questions that need no program."""
        return tuple((member.site.name, self.engine.open(member.stack, member.site.name, _nothing)) for member in self.members)

    def declared(self, member: Member) -> tuple[Manifest, ...]:
        """What the run declares at a centre: everything, or the foundation and the zones in scope."""
        return declared(self.city, member.site, self.scope)

    def removed(self, member: Member) -> tuple[Manifest, ...]:
        """What a destroy takes away: with a scope the zones alone, and never the foundation under them."""
        return zone_manifests(self.city, member.site, self.scope) if self.scope else self.declared(member)

    def unchanged(self, member: Member, cluster: str) -> CentreRun | None:
        """The preview of a centre that holds exactly what is declared; None where there is anything to work out."""
        began, bodies = time.monotonic(), [manifest.body for manifest in self.declared(member)]
        if not is_settled(self.engine.deployment(member.stack), bodies, self.scope, cluster):
            return None
        if not is_unremarkable(self.city, member.site, bodies, datetime.now(UTC).date()):
            return None
        return CentreRun(member.site.name, (), len(bodies), time.monotonic() - began)

    def _one(self, member: Member, work: Work, before: Callable[[Fleet, Member], None] | None, known: Known | None) -> CentreRun:
        began, name = time.monotonic(), member.site.name
        count, done = len(self.declared(member)), iter(range(1, 1_000_000))
        try:
            target = Target(str(member.kubeconfig), identity_of(member.kubeconfig))
            if before is not None:
                before(self, member)
            if known is not None and (run := known(self, member, target.identity)) is not None:
                return run
            program = partial(deploy_centre, self.city, name, target, self.scope)
            stack = self.engine.open(member.stack, name, program, self.scope, few=count <= FEW)
            return work(stack, lambda title: self.progress.step(f"{name}: {title}", done=min(next(done), count), total=count))
        except CitynodeError as failed:
            return CentreRun(name, (), 0, time.monotonic() - began, error=_cause(member, failed))


def assemble(
    city: City,
    access: Access,
    names: Iterable[str],
    *,
    state: Path,
    pulumi: Path,
    progress: Progress,
    force: bool = False,
    scope: Scope = EVERYTHING,
) -> Fleet:
    """The fleet of these centres, or of all that have a zone in scope."""
    chosen = tuple(centre_named(city, name) for name in dict.fromkeys(names)) or city.centres
    missing = [site.name for site in chosen if site.name not in access.centres]
    if missing:
        what = _("the access file knows no cluster at {names}").format(names=", ".join(missing))
        raise UsageProblem(what, hint=_("add it under centres: in the access file"))
    place = ".".join(part for part in (city.name, access.lab) if part)
    members = tuple(Member(site, access.centres[site.name].kubeconfig.absolute(), f"{place}.{site.name}") for site in chosen)
    return Fleet(city, members, Engine(backend_for(state, os.environ), pulumi, force=force, watch=Watch(city)), progress, scope)


def declared(city: City, site: Site, scope: Scope = EVERYTHING) -> tuple[Manifest, ...]:
    """Every object that a centre's stack declares."""
    return (*foundation_objects(city), *zone_manifests(city, site, scope))


def zone_manifests(city: City, site: Site, scope: Scope = EVERYTHING) -> tuple[Manifest, ...]:
    """The objects of the zones in scope."""
    return tuple(manifest for zone in zones_at(city, site) if scope.holds(zone.name) for manifest in zone_objects(zone, city))


def narrowed(city: City, names: Iterable[str], zones: Iterable[str]) -> tuple[tuple[str, ...], Scope]:
    """The centres of a run that is limited to zones, and the scope; an error names a zone that isn't declared there."""
    sites = tuple(centre_named(city, name) for name in dict.fromkeys(names)) or city.centres
    scope = Scope(tuple(dict.fromkeys(zones)))
    if not scope:
        return tuple(site.name for site in sites), scope
    spoken = {name: zone.name for site in sites for zone in zones_at(city, site) for name in (zone.name, zone.system.name)}
    for zone in scope.zones:
        if zone not in spoken:
            raise unknown("zone", zone, spoken)
    scope = Scope(tuple(dict.fromkeys(spoken[zone] for zone in scope.zones)))
    held = {site.name: {zone.name for zone in zones_at(city, site)} for site in sites}
    return tuple(name for name, known in held.items() if known & set(scope.zones)), scope


def identity_of(kubeconfig: Path) -> str:
    """What tells this cluster from any other; raises `Unreachable` before anything is begun."""
    space = Cluster(read_login(str(kubeconfig)), threads=1).request("GET", "/api/v1/namespaces/kube-system")
    return str(space["metadata"]["uid"])


def _cause(member: Member, failed: CitynodeError) -> CitynodeError:
    """The failure, or what it comes from: pulumi can't always tell why it ended, so the cluster is asked whether it is still there."""
    if type(failed) is CitynodeError:
        try:
            identity_of(member.kubeconfig)
        except Unreachable as gone:
            gone.why = "; ".join(part for part in (gone.why, failed.why) if part)
            return gone
    return failed


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
