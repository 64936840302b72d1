"""The policy pack under the real pulumi, without anything of citynode around it: as `pulumi up --policy-pack stacks/guard/pack` runs it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from pulumi.automation import ConfigValue

from engines.resolve import ensure
from ops.errors import PolicyRefused
from ops.progress import Silent
from stacks.backend import backend_for
from stacks.engine import CentreStack, Engine
from stacks.events import Listener
from stacks.guard.watch import PACK_FOLDER

pytestmark = [
    pytest.mark.lab,
    # the SDK leaves the event loop of a program open when a policy ends the run
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
ROOT = Path(__file__).parents[2]
LEAVE = "{system: archive, rule: frozen, owner: dr-lead, reason: it moves, approver: data-bureau, expires: EXPIRES}"


def nothing() -> None:
    """A program that declares nothing: there is the stack itself."""


@pytest.fixture
def stack(tmp_path: Path) -> CentreStack:
    """A stack whose configuration names a city of its own, as the plain program's does."""
    shutil.copytree(ROOT / "cities" / "tiny", tmp_path / "tiny")
    pulumi = ensure(["pulumi"], Silent())["pulumi"]
    opened = Engine(backend_for(tmp_path, {}), pulumi).open("tiny.dc1", "dc1", nothing)
    for key, value in (("city", str(tmp_path / "tiny")), ("centre", "dc1")):
        opened.stack.set_config(f"citynode:{key}", ConfigValue(value))
    return opened


def preview(stack: CentreStack) -> None:
    stack._run(stack.stack.preview, Listener(lambda _title: None), policy_packs=[str(PACK_FOLDER)])


def exempt(folder: Path, expires: str) -> None:
    (folder / "tiny" / "exemptions.yaml").write_text(f"exemptions: [{LEAVE.replace('EXPIRES', expires)}]\n", encoding="utf-8")


def test_it_reads_city_and_centre_from_the_stack_s_configuration(stack: CentreStack, tmp_path: Path) -> None:
    exempt(tmp_path, "2099-12-31")
    preview(stack)
    exempt(tmp_path, "2026-01-31")
    with pytest.raises(PolicyRefused) as refused:
        preview(stack)
    assert "the exemption of archive from the rule frozen expired on 2026-01-31" in refused.value.why
