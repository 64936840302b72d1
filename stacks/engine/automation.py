"""The Automation API, and nothing else of citynode uses it: one stack's preview, up, drift, refresh, destroy and outputs.

The pulumi program runs in a folder of the state folder, with an environment of its own. It is started so that it
stops in an orderly way (state written, lock released) when this process dies or is told to stop.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pulumi import automation
from pulumi.automation._stack import StackInitMode  # the SDK is pinned, and names the mode nowhere else
from semver import VersionInfo

from engines.catalogue import engine_of
from ops.errors import CitynodeError
from ops.process import Command
from stacks.engine import launch, lock, outcome, plugin
from stacks.engine.backend import Backend
from stacks.engine.change import CentreRun
from stacks.engine.events import Listener
from stacks.engine.holdings import protected, removals
from stacks.engine.scope import EVERYTHING, Scope
from stacks.guard import verdict
from stacks.guard.watch import Watch, write_program
from stacks.provider.serve import beside

PROJECT = "citynode-centre"
PARALLEL = 16
DYING_SECONDS = 60.0
"""How long a pulumi whose parent died may take to write its state and stop."""
Told = Callable[[str], None]


class KnownPulumi(automation.PulumiCommand):
    """A program of an engine that was found to fit: who asks it for its version starts it once more."""

    def __init__(self, root: Path) -> None:
        self.command = str(root / "bin" / "pulumi")
        self.version = VersionInfo.parse(engine_of("pulumi").version.removeprefix("v"))


class BriefStack(automation.Stack):
    """A stack whose runs begin and end without the questions that nobody here asks.

    Whether it is there is seen in a folder, and no stack has to be the selected one, since every command names its own; outputs and
    history are three more starts of pulumi.
    """

    def __init__(self, name: str, workspace: automation.Workspace, *, is_there: bool | None) -> None:
        if is_there is None:
            super().__init__(name, workspace, StackInitMode.CREATE_OR_SELECT)
            return
        self.name, self.workspace, self._mode = name, workspace, StackInitMode.SELECT
        if not is_there:
            with suppress(automation.StackAlreadyExistsError):  # somebody else was first
                workspace.create_stack(name)

    def outputs(self) -> dict[str, automation.OutputValue]:
        return {}

    def info(self, show_secrets: bool = True) -> automation.UpdateSummary:  # noqa: FBT001, FBT002 - the SDK's signature
        return automation.UpdateSummary(
            kind="update", start_time=datetime.now(UTC), message="", environment={}, config={}, result="succeeded"
        )


@dataclass(slots=True)
class Engine:
    """Opens stacks of one backend with one pulumi program."""

    backend: Backend
    pulumi: Path
    force: bool = False
    """Take fields that somebody else manages."""
    watch: Watch | None = None
    """The policies that previews and ups are under."""
    _command: automation.PulumiCommand | None = field(default=None, init=False)

    def open(self, name: str, centre: str, program: Callable[[], None], scope: Scope = EVERYTHING, *, few: bool = False) -> CentreStack:
        """The stack of that name, made if it isn't there; `few` objects get a provider in this process."""
        folder = self.backend.work / name
        folder.mkdir(parents=True, exist_ok=True)
        self._write_project(folder)
        options = automation.LocalWorkspaceOptions(work_dir=str(folder), env_vars=self._environment(), pulumi_command=self.command())
        try:
            workspace = automation.LocalWorkspace(**{**vars(options), "program": program})
            stack = BriefStack(name, workspace, is_there=self.backend.holds(PROJECT, name))
        except automation.CommandError as failed:
            raise outcome.error_of(name, str(failed), ()) from failed
        has_few = few and not self.force and not plugin.official(os.environ)
        return CentreStack(stack, name, centre, scope, self.watch, has_few, lambda: self.backend.deployment(PROJECT, name))

    def deployment(self, name: str) -> dict[str, Any]:
        """What the stack holds, as its backend keeps it, secrets sealed; empty where it can't be told in a moment."""
        kept = self.backend.deployment(PROJECT, name)
        if kept is not None:
            return kept
        folder = self.backend.work / name
        if not (folder / "Pulumi.yaml").is_file():
            return {}
        self.command()
        launcher = str(self.backend.work / "program" / "bin" / "pulumi")
        argv = (launcher, "stack", "export", "--stack", name, "--non-interactive")
        try:
            exported = Command(argv, cwd=folder, env=self._environment(), timeout=60).run().stdout
            return dict(json.loads(exported)["deployment"] or {})
        except (CitynodeError, ValueError, KeyError, TypeError):
            return {}

    def command(self) -> automation.PulumiCommand:
        """The pulumi program behind a script that hands a death of ours on to it as an interrupt."""
        if self._command is None:
            root = self.backend.work / "program"
            launch.write_launcher(root / "bin" / "pulumi", self.pulumi)
            write_program(root / "bin")
            self._command = KnownPulumi(root)
        return self._command

    def _environment(self) -> dict[str, str]:
        taking = {"PULUMI_K8S_ENABLE_PATCH_FORCE": "true"} if self.force else {}
        return self.backend.environment() | taking

    def _write_project(self, folder: Path) -> None:
        lines = [f"name: {PROJECT}", "runtime: python", "description: written by citynode for each run"]
        if not plugin.official(os.environ):
            place = plugin.write_wrapper(self.backend.work / "provider")
            lines += ["plugins:", "  providers:", "    - name: kubernetes", f"      path: {place}"]
        (folder / "Pulumi.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")


@dataclass(slots=True)
class CentreStack:
    """One centre's stack; every method is one run of pulumi, limited to the scope."""

    stack: automation.Stack
    name: str
    centre: str
    scope: Scope = EVERYTHING
    watch: Watch | None = None
    has_few: bool = False
    """So few objects that a provider isn't worth a process of its own."""
    kept: Callable[[], dict[str, Any] | None] = lambda: None
    """What its backend holds of it, where that is read without pulumi."""

    def preview(self, told: Told) -> CentreRun:
        """What was declared anew since the last up. Looks at the cluster itself only if it isn't the one that was deployed to."""
        run, seen = self._judged(self.stack.preview, Listener(told, scope=self.scope), **self._limits())
        before, now = seen.identity
        return self.preview_refreshed(told) if before and now and before != now else run

    def preview_refreshed(self, told: Told) -> CentreRun:
        """What an up would change, what it would heal among it: the cluster is read first, as an up reads it."""
        return self._judged(self.stack.preview, Listener(told, scope=self.scope), refresh=True, **self._limits())[0]

    def up(self, told: Told) -> CentreRun:
        """Make the cluster as declared, also where somebody changed it by hand."""
        return self._locked(lambda: self._judged(self.stack.up, Listener(told, scope=self.scope), refresh=True, **self._limits())[0])

    def drift(self, told: Told) -> CentreRun:
        """Where the cluster isn't as it was deployed; changes nothing."""
        return self._run(self.stack.preview_refresh, Listener(told, after=True, scope=self.scope), **self._limits())[0]

    def refresh(self, told: Told) -> CentreRun:
        """Take the cluster as it is into the stack: what was changed by hand counts as deployed from now on."""
        return self._locked(lambda: self._run(self.stack.refresh, Listener(told, after=True, scope=self.scope), **self._limits())[0])

    def held(self, _told: Told) -> CentreRun:
        """What a destroy would take away, asked of the stack's backend alone."""
        began = time.monotonic()
        changes = removals(self._deployment(), self.scope)
        return CentreRun(self.centre, changes, len(changes), time.monotonic() - began)

    def destroy(self, told: Told) -> CentreRun:
        """Remove everything in scope from the cluster; the one way in which a zone goes."""
        return self._locked(lambda: self._destroy(told))

    def outputs(self) -> dict[str, Any]:
        """The stack's outputs; empty if it was never deployed."""
        try:
            return {key: output.value for key, output in self.stack.workspace.stack_outputs(self.name).items() if not output.secret}
        except automation.CommandError as failed:
            raise outcome.error_of(self.name, str(failed), ()) from failed

    def holders(self) -> tuple[lock.Holder, ...]:
        """Who holds the stack's lock: asked of pulumi by a renaming to its own name, which takes the lock and then changes nothing."""
        try:
            self._ask("stack", "rename", self.name)
        except automation.ConcurrentUpdateError as held:
            return lock.holders(str(held))
        except automation.StackAlreadyExistsError:
            return ()
        except automation.CommandError as failed:
            raise outcome.error_of(self.name, str(failed), ()) from failed
        return ()

    def unlock(self) -> None:
        """Take the lock away from whoever holds it."""
        self.stack.cancel()

    def _destroy(self, told: Told) -> CentreRun:
        """Zones are protected from a declaration that forgot them; who removes them on purpose lifts that first."""
        zones = self.scope.zones
        patterns = self.scope.removals(stack=self.name, project=PROJECT) if zones else None
        self._unprotect()
        return self._run(self.stack.destroy, Listener(told, scope=self.scope), parallel=PARALLEL, target=patterns)[0]

    def _unprotect(self) -> None:
        urns = protected(self._deployment(), self.scope)
        lifted = [[urn] for urn in urns] if self.scope else [["--all"]]
        for words in lifted if urns else ():
            try:
                self._ask("state", "unprotect", "--yes", *words)
            except automation.ConcurrentUpdateError:
                raise
            except automation.CommandError as failed:
                raise outcome.error_of(self.name, str(failed), ()) from failed

    def _deployment(self) -> dict[str, Any]:
        """What the stack holds, secrets sealed; empty where it never held anything."""
        kept = self.kept()
        if kept is not None:
            return kept
        try:
            return dict(json.loads(self._ask("stack", "export"))["deployment"] or {})
        except automation.CommandError as failed:
            raise outcome.error_of(self.name, str(failed), ()) from failed

    def _ask(self, *words: str) -> str:
        """What pulumi says to a command about this stack."""
        return str(self.stack._run_pulumi_cmd_sync(list(words)).stdout)  # noqa: SLF001 - the SDK is pinned, and has no other way

    def _limits(self) -> dict[str, Any]:
        return {"parallel": PARALLEL, "target": self.scope.targets(stack=self.name, project=PROJECT)}

    def _judged(self, method: Callable[..., Any], seen: Listener, **options: Any) -> tuple[CentreRun, Listener]:
        """A run under the city's policies."""
        if self.watch is None:
            return self._run(method, seen, **options)
        with self.watch.over(self.centre, self.stack.workspace) as packs:
            return self._run(method, seen, policy_packs=packs, **options)

    def _run(self, method: Callable[..., Any], seen: Listener, **options: Any) -> tuple[CentreRun, Listener]:
        began = time.monotonic()
        try:
            with beside(self.stack.workspace) if self.has_few else nullcontext():
                method(on_event=seen, color="never", **options)
        except automation.ConcurrentUpdateError:
            raise
        except automation.CommandError as failed:
            raise verdict.refusal(seen.verdicts) or outcome.error_of(self.name, str(failed), seen.errors) from failed
        changes = tuple(sorted(seen.changes.values(), key=lambda change: (change.zone, change.kind, change.name)))
        took, allowed = time.monotonic() - began, tuple(seen.verdicts)
        return CentreRun(self.centre, changes, len(seen.seen), took, deployed=bool(seen.seen), verdicts=allowed), seen

    def _locked(self, work: Callable[[], CentreRun]) -> CentreRun:
        """Do the work; let a dying run of this machine end, and release a dead one's lock, if there is one."""
        try:
            return work()
        except automation.ConcurrentUpdateError as held:
            found = lock.holders(str(held))
            if not lock.are_gone(found, seconds=DYING_SECONDS):
                raise lock.refusal(self.name, found) from held
        self.stack.cancel()
        try:
            return work()
        except automation.ConcurrentUpdateError as held:
            raise lock.refusal(self.name, lock.holders(str(held))) from held
