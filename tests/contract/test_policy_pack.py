"""The policy pack under the real pulumi, without citynode's own judge: as `pulumi up --policy-pack stacks/guard/pack` runs it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.lab
ROOT = Path(__file__).parents[2]
LEAVE = "{system: archive, rule: frozen, owner: dr-lead, reason: it moves, approver: data-bureau, expires: EXPIRES}"
PREVIEW = """
import sys
from pathlib import Path
from pulumi.automation import ConfigValue
from engines.resolve import ensure
from ops.errors import PolicyRefused
from ops.progress import Silent
from stacks.engine.backend import backend_for
from stacks.engine.automation import Engine
from stacks.engine.events import Listener
from stacks.guard.watch import PACK_FOLDER

folder = Path(sys.argv[1])
opened = Engine(backend_for(folder, {}), ensure(["pulumi"], Silent())["pulumi"]).open("tiny.dc1", "dc1", lambda: None)
for key, value in (("city", str(folder / "tiny")), ("centre", "dc1")):
    opened.stack.set_config(f"citynode:{key}", ConfigValue(value))
try:
    opened._run(opened.stack.preview, Listener(lambda title: None), policy_packs=[str(PACK_FOLDER)])
except PolicyRefused as refused:
    print(refused.why)
"""
"""In a process of its own: the SDK leaves the event loop of a program open when a policy ends the run."""


def refused(folder: Path, expires: str) -> str:
    """What the pack says to a stack whose configuration names a city with an exemption that ends on this day."""
    (folder / "tiny" / "exemptions.yaml").write_text(f"exemptions: [{LEAVE.replace('EXPIRES', expires)}]\n", encoding="utf-8")
    done = subprocess.run([sys.executable, "-c", PREVIEW, str(folder)], cwd=ROOT, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_it_reads_city_and_centre_from_the_stack_s_configuration(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "cities" / "tiny", tmp_path / "tiny")
    assert refused(tmp_path, "2099-12-31") == ""
    assert "the exemption of archive from the rule frozen expired on 2026-01-31" in refused(tmp_path, "2026-01-31")
