"""The pipelines of `docs/ci`, their citynode lines run as they stand: from a merge request with a new zone to the cluster, and drift."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ops.reach import write_access
from tests.lab.rig import Rig
from tests.program import ROOT, Ended

FILES = ("gitlab-ci.yml", "github-actions.yml", "Jenkinsfile")
CHECK = "citynode city check"
PREVIEW = "citynode stack preview --refresh -o markdown > preview.md || [ $? -eq 7 ]"
PLAN = "citynode stack preview --ask -o markdown > plan.md || [ $? -eq 7 ]"
APPROVE = 'citynode approve accept "$PLAN" --author "$APPROVER" --yes'
UP = 'citynode stack up --yes --plan "$PLAN"'
DRIFT = "citynode stack drift -o json > drift.json"


def steps(name: str) -> list[str]:
    """The citynode lines of a pipeline, in its order."""
    text = (ROOT / "docs" / "ci" / name).read_text(encoding="utf-8")
    return re.findall(r"^\s*(?:- )?(?:run: )?(citynode .*)$", text, re.MULTILINE)


class Runner:
    """A runner of pipelines: the merge request's branch checked out, and an access to real clusters that belong to no lab."""

    def __init__(self, lab: Rig, folder: Path) -> None:
        self.folder = folder
        self.branch = folder / "tiny"
        shutil.copytree(ROOT / "cities" / "tiny", self.branch)
        settings = self.branch / "city.yaml"
        settings.write_text(settings.read_text(encoding="utf-8") + "\nproduction: true\n", encoding="utf-8")
        write_access(lab.access.model_copy(update={"lab": "", "city": str(self.branch)}), folder / "access.yaml")
        programs = folder / "bin"
        programs.mkdir()
        (programs / "citynode").write_text(f'#!/bin/sh\nexec env PYTHONPATH={ROOT} {sys.executable} -m cli.main "$@"\n', encoding="utf-8")
        (programs / "citynode").chmod(0o755)
        self.environment = {
            **os.environ,
            "PATH": f"{programs}:{os.environ['PATH']}",
            "LANG": "C.UTF-8",
            "CITYNODE_CITY": str(self.branch),
            "CITYNODE_STATE": str(lab.state),
            "CITYNODE_ACCESS": str(folder / "access.yaml"),
            "CITYNODE_AUTHOR": "pipeline",
            "APPROVER": "li.owner",
        }

    def step(self, line: str, **variables: str) -> Ended:
        """Run a line as a pipeline's shell does."""
        done = subprocess.run(
            ["sh", "-c", line], cwd=self.branch, env={**self.environment, **variables}, capture_output=True, text=True, timeout=280,
            check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        return Ended(done.returncode, done.stdout, done.stderr)

    def ok(self, line: str, **variables: str) -> str:
        """What the line said; it must succeed."""
        done = self.step(line, **variables)
        assert done.code == 0, f"{line}: exit {done.code}\n{done.out[-1000:]}\n{done.err[-2000:]}"
        return done.out


@pytest.mark.parametrize("name", FILES)
def test_every_pipeline_takes_the_same_steps(name: str) -> None:
    assert steps(name) == [CHECK, PREVIEW, PLAN, APPROVE, UP, DRIFT]


def test_the_steps_of_a_pipeline_run_as_they_stand(deployed: Rig, tmp_path: Path) -> None:
    runner = Runner(deployed, tmp_path)
    runner.ok("citynode zone request permits --department archives --title 许可 --title-en permits --pods 4 --yes")
    runner.ok(CHECK)
    runner.ok(PREVIEW)
    page = (runner.branch / "preview.md").read_text(encoding="utf-8")
    plan = re.search(r"Plan `([0-9a-f]{12})`", page)
    assert plan is not None, page
    assert "<summary><b>permits</b>: " in page
    assert "+ dc1 create Namespace permits" in page
    assert "approve accept" not in page  # nothing waits for approval yet

    runner.ok(PLAN)
    assert f"approve accept {plan[1]}" in (runner.branch / "plan.md").read_text(encoding="utf-8")
    early = runner.step(UP, PLAN=plan[1])
    assert (early.code, "needs the approval of somebody else than pipeline" in early.err) == (5, True), early.err
    own = runner.step(APPROVE, PLAN=plan[1], APPROVER="pipeline")
    assert (own.code, "can't approve their own plan" in own.err) == (5, True), own.err
    runner.ok(APPROVE, PLAN=plan[1])
    runner.ok(UP, PLAN=plan[1])
    runner.ok(DRIFT)
    remove = "citynode stack destroy --zone permits --yes"
    asked = runner.step(remove)
    assert asked.code == 5, asked.err  # a removal is approved as well
    removal = re.search(r"approve accept ([0-9a-f]{12})", asked.err)
    assert removal is not None, asked.err
    waiting = json.loads(runner.ok("citynode approve list -o json"))
    (asked_for,) = [one for one in waiting if one["plan_hash"].startswith(removal[1])]
    assert (asked_for["city"], asked_for["subject"]) == (deployed.access.scope, "stack-destroy dc1,dc2,dc3:permits")
    runner.ok(APPROVE, PLAN=removal[1])
    runner.ok(remove)
