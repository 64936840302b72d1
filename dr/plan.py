"""The plan of a drill: ordered steps, what each waits for, how long at most, and what undoes it. Pure and hashable.

A plan says exactly what the run will do: the run refuses to have a step that its plan doesn't name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ops.errors import UsageProblem
from ops.language import _
from ops.plan import digest

if TYPE_CHECKING:
    from dr.topology import Topology

SWITCHOVER = "switchover"
KINDS = (SWITCHOVER,)


@dataclass(frozen=True, slots=True)
class Target:
    """A system whose outage is measured, and the database that the probe writes to for it."""

    system: str
    database: str
    """Its own database where it already lives in the cluster; empty: the drill's."""


@dataclass(frozen=True, slots=True)
class PlanStep:
    name: str
    does: str
    until: str
    seconds: float
    undone_by: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """How a drill measures; part of the plan because it is part of what was approved."""

    baseline_seconds: float = 3.0
    after_seconds: float = 2.0
    write_every_seconds: float = 0.02
    watch_every_seconds: float = 0.05
    limit_seconds: float = 300.0


@dataclass(frozen=True, slots=True)
class DrillPlan:
    """What a drill will do."""

    kind: str
    group: str
    source: str
    target: str
    remote: str
    vantage: str
    systems: tuple[str, ...]
    rto_seconds: float
    rpo_seconds: float
    settings: Settings
    steps: tuple[PlanStep, ...]

    @property
    def hash(self) -> str:
        """What an approval names; words in another language don't change it."""
        return digest(
            {
                "kind": self.kind,
                "group": self.group,
                "source": self.source,
                "target": self.target,
                "remote": self.remote,
                "vantage": self.vantage,
                "systems": self.systems,
                "rto": self.rto_seconds,
                "rpo": self.rpo_seconds,
                "settings": self.settings,
                "steps": [[step.name, step.seconds, step.undone_by] for step in self.steps],
            }
        )


def plan_switchover(topology: Topology, *, source: str, target: str, vantage: str, settings: Settings | None = None) -> DrillPlan:
    """The plan of a planned switchover of the group from one city centre to the other."""
    group, chosen = topology.group, settings or Settings()
    topology.node(target)
    if target not in topology.candidates:
        raise UsageProblem(
            _("{target} can't become primary").format(target=target),
            why=_("it is the remote centre of group {group}: it follows asynchronously").format(group=group.name),
            hint=f"--to {topology.other(source) if source in topology.candidates else topology.candidates[0]}",
        )
    if target == source:
        raise UsageProblem(
            _("{target} is already primary of group {group}").format(target=target, group=group.name), hint=f"--to {topology.other(target)}"
        )
    return DrillPlan(
        SWITCHOVER,
        group.name,
        source,
        target,
        group.remote,
        vantage,
        tuple(group.systems),
        group.rto_seconds,
        group.rpo_seconds,
        chosen,
        _switchover_steps(source, target, vantage, chosen),
    )


def _switchover_steps(source: str, target: str, vantage: str, settings: Settings) -> tuple[PlanStep, ...]:
    names = {"source": source, "target": target, "vantage": vantage}
    return (
        PlanStep("precheck", _("check all preconditions"), _("every one holds"), 30),
        PlanStep("prepare", _("make the probe's role and tables at {source}").format(**names), _("they exist"), 30, "cleanup"),
        PlanStep("probe-on", _("start the probe at {vantage}").format(**names), _("it writes"), 60, "probe-off"),
        PlanStep(
            "baseline",
            _("let it write undisturbed"),
            _("{seconds:g} s of good writes of every system").format(seconds=settings.baseline_seconds),
            60,
        ),
        PlanStep(
            "switchover", _("ask Patroni to hand over from {source} to {target}").format(**names), _("{target} leads").format(**names), 90
        ),
        PlanStep(
            "settle",
            _("wait until the group is protected again"),
            _("{source} follows {target} synchronously and every system writes").format(**names),
            180,
        ),
        PlanStep("probe-off", _("stop the probe and fetch its ledger"), _("the ledger is here, its hash recorded"), 60),
        PlanStep("judge", _("compare the ledger with the database"), _("every acknowledged row was looked for"), 60),
        PlanStep("cleanup", _("remove the probe's role, tables and files"), _("nothing is left"), 60),
        PlanStep("report", _("write the report"), _("it is kept with the ledger"), 30),
    )
