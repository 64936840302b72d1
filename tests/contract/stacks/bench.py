"""Small Pulumi programs run as `citynode stack` runs its own, against a control plane of the test's own."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
from kubernetes import client, config

from benchmarks.control_plane import ControlPlane
from engines.resolve import ensure
from ops.progress import Silent
from stacks.engine.automation import CentreStack, Engine
from stacks.engine.backend import backend_for
from stacks.engine.change import CentreRun
from stacks.engine.scope import EVERYTHING, Scope

Declare = Callable[[pulumi.ResourceOptions], object]


@dataclass(frozen=True)
class Bench:
    """One stack at one cluster."""

    plane: ControlPlane
    state: Path
    name: str
    environment: dict[str, str] = field(default_factory=dict)
    force: bool = False
    few: bool = True
    """Few objects are served from this process, more from one of the provider's own."""

    def stack(self, declare: Declare, *, scope: Scope = EVERYTHING) -> CentreStack:
        """The stack with this program."""

        def program() -> None:
            provider = kubernetes.Provider("cluster", kubeconfig=str(self.plane.kubeconfig), enable_server_side_apply=True)
            declare(pulumi.ResourceOptions(provider=provider))

        return self._engine.open(self.name, "cluster", program, scope, few=self.few)

    @cached_property
    def _engine(self) -> Engine:
        backend = backend_for(self.state, {**os.environ, **self.environment})
        return Engine(backend, ensure(["pulumi"], Silent())["pulumi"], force=self.force)

    def up(self, declare: Declare) -> CentreRun:
        return self.stack(declare).up(quiet)

    def preview(self, declare: Declare) -> CentreRun:
        return self.stack(declare).preview(quiet)

    def drift(self) -> CentreRun:
        return self.stack(nothing).drift(quiet)

    def destroy(self) -> CentreRun:
        return self.stack(nothing).destroy(quiet)

    def deployments(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """What the stack holds, as we read it and as pulumi tells it, asked in the product's own way."""
        exported = self.stack(nothing)._ask("stack", "export")
        return self._engine.deployment(self.name), json.loads(exported)["deployment"]

    @property
    def state_text(self) -> str:
        """The stack's state as it lies on the disk."""
        (path,) = (self.state / "pulumi" / ".pulumi" / "stacks").rglob(f"{self.name}.json")
        return path.read_text(encoding="utf-8")

    @property
    def recorded(self) -> dict[str, Any]:
        """The recorded resources by title."""
        resources = json.loads(self.state_text)["checkpoint"]["latest"].get("resources", ())
        return {entry["urn"].rpartition("::")[2]: entry for entry in resources}

    @property
    def core(self) -> client.CoreV1Api:
        """The cluster as its administrator sees it."""
        return client.CoreV1Api(config.new_client_from_config(str(self.plane.kubeconfig)))


def quiet(_title: str) -> None:
    """Nobody watches."""


def nothing(_options: pulumi.ResourceOptions) -> None:
    """A program that declares nothing."""


def found(run: CentreRun) -> list[tuple[str, str]]:
    """What the run changed, as (action, title)."""
    return [(str(change.action), change.title) for change in run.changes]


def values(run: CentreRun) -> dict[str, tuple[Any, Any]]:
    """Every property that differed, with both values."""
    return {prop.text: (prop.before, prop.after) for change in run.changes for prop in change.properties}
