"""A stack's plan against a real API server, as the pipelines of `docs/ci` ask for it: one process after another.

What was approved from a preview is what an up has, and anything else in a new object is another plan.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi_kubernetes import core

from benchmarks.control_plane import ControlPlane
from benchmarks.preview import load
from ops.reach import write_access
from stacks.apply import plan_hash
from stacks.engine import plugin
from tests.contract.stacks.bench import Bench, Declare
from tests.program import PROGRAM, ROOT, Ended, citynode

pytestmark = pytest.mark.lab


@dataclass(frozen=True)
class Pipeline:
    """A production city with one centre that can be reached; every command is a process of its own."""

    folder: Path

    @property
    def city(self) -> Path:
        return self.folder / "tiny"

    def run(self, *words: str, state: str = "state", seed: int | None = None, author: str = "pipeline") -> Ended:
        """A command; with a seed, in an interpreter that orders its sets by that."""
        environment = {
            **os.environ, "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8", "CITYNODE_CITY": str(self.city),
            "CITYNODE_STATE": str(self.folder / state), "CITYNODE_ACCESS": str(self.folder / "access.yaml"), "CITYNODE_AUTHOR": author,
        }  # fmt: skip
        if seed is None:
            return citynode(*words, "-o", "json", environment=environment, timeout=280)
        argv, seeded = [*PROGRAM, *words, "-o", "json"], {**environment, "PYTHONHASHSEED": str(seed)}
        done = subprocess.run(argv, env=seeded, capture_output=True, text=True, timeout=280, check=False, stdin=subprocess.DEVNULL)
        return Ended(done.returncode, done.stdout, done.stderr)

    def plan(self, *words: str, state: str = "state", seed: int | None = None) -> str:
        """The hash that a preview shows."""
        done = self.run("stack", "preview", "--centre", "dc1", *words, state=state, seed=seed)
        assert done.code == 7, done.err
        return str(done.data["plan"])

    def approve(self, plan: str) -> dict[str, Any]:
        done = self.run("approve", "accept", plan[:12], "--yes", author="li.owner")
        assert done.code == 0, done.err
        return dict(done.data)

    def up(self, plan: str, seed: int | None = None) -> Ended:
        return self.run("stack", "up", "--centre", "dc1", "--yes", "--plan", plan[:12], seed=seed)

    def request(self, pods: int) -> None:
        done = self.run(
            "zone",
            "request",
            "permits",
            "--department",
            "archives",
            "--title",
            "许可",
            "--title-en",
            "permits",
            "--pods",
            str(pods),
            "--yes",
        )
        assert done.code == 0, done.err

    def grow(self, before: int, after: int) -> None:
        """Write another number of pods where the request wrote its own."""
        changed = 0
        for path in self.city.rglob("*.yaml"):
            text = path.read_text(encoding="utf-8")
            if "permits" in text:
                head, name, rest = text.partition("permits")
                path.write_text(head + name + rest.replace(f"pods: {before}", f"pods: {after}", 1), encoding="utf-8")
                changed += f"pods: {before}" in rest
        assert changed == 1


@pytest.fixture
def pipeline(plane: ControlPlane, tmp_path: Path) -> Pipeline:
    shutil.copytree(ROOT / "cities" / "tiny", tmp_path / "tiny")
    settings = tmp_path / "tiny" / "city.yaml"
    settings.write_text(settings.read_text(encoding="utf-8") + "\nproduction: true\n", encoding="utf-8")
    access = load(str(tmp_path / "tiny"), {"dc1": plane})
    write_access(access.model_copy(update={"lab": ""}), tmp_path / "access.yaml")
    return Pipeline(tmp_path)


def test_what_was_approved_is_what_is_applied(pipeline: Pipeline) -> None:
    first = pipeline.plan(state="elsewhere", seed=1)  # another runner, with a state of its own
    assert first == pipeline.plan("--ask", seed=2)
    assert pipeline.approve(first)["city"] == "tiny"
    done = pipeline.up(first, seed=4)
    assert done.code == 0, done.err

    pipeline.request(4)
    small = pipeline.plan("--ask")
    pipeline.approve(small)
    pipeline.grow(4, 5)
    refused = pipeline.up(small)
    assert (refused.code, f"the plan is not {small[:12]} any more" in refused.err) == (5, True), refused.err
    pipeline.grow(5, 4)
    done = pipeline.up(small)
    assert done.code == 0, done.err


def test_a_secret_s_plan_is_the_same_every_time_and_tells_nothing_of_it(
    plane: ControlPlane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plugin, "official", lambda _environment: "")

    def secret(password: str, name: str = "login") -> Declare:
        def declare(options: pulumi.ResourceOptions) -> None:
            core.v1.Secret("login", metadata={"name": name, "namespace": "default"}, string_data={"password": password}, opts=options)

        return declare

    def plan(declare: Declare, place: str) -> str:
        return plan_hash([Bench(plane, tmp_path / place, "secrets").preview(declare)])

    first = plan(secret("sesame"), "here")
    assert first == plan(secret("sesame"), "here") == plan(secret("sesame"), "elsewhere") == plan(secret("other"), "here")
    assert first != plan(secret("sesame", "entry"), "here")
