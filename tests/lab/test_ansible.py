"""Ansible's door: the same diff, the same journal, leases and trail as the command line's."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.lab.rig import ROOT, Ended, Rig
from tests.lab.routers import kept, vtysh


@pytest.fixture
def spoiled(lab: Rig) -> Iterator[Rig]:
    """Both cores lack something; afterwards all routers hold what they held before."""
    with kept(lab):
        lab.run("net", "push", "--devices", "core", "--yes")
        for core in ("core1", "core2"):
            vtysh(lab, core, "interface ge9", "description by hand")
        yield lab


def play(lab: Rig, home: Path, *words: str, env: Mapping[str, str] | None = None) -> Ended:
    """Run the cores' play as an operator would, from its own folder."""
    program = Path(sys.executable).with_name("ansible-playbook")
    settings = {"CITYNODE_STATE": str(lab.state), "ANSIBLE_HOME": str(home), "ANSIBLE_NOCOLOR": "1", "LANG": "C.UTF-8", **(env or {})}
    done = subprocess.run(
        [program, "cores.yml", *words], cwd=ROOT / "playbooks", env={**os.environ, **settings}, capture_output=True, text=True, check=False,
        timeout=240, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    return Ended(done.returncode, done.stdout, done.stderr)


def recap(done: Ended) -> dict[str, int]:
    """How many tasks changed something, by router."""
    return {name: int(changed) for name, changed in re.findall(r"^(\S+)\s+: ok=\d+\s+changed=(\d+)", done.out, re.MULTILINE)}


@pytest.mark.timeout(600)
def test_a_play_shows_the_same_diff_goes_on_after_a_kill_and_the_second_changes_nothing(spoiled: Rig, tmp_path: Path) -> None:
    shown = spoiled.run("net", "diff", "--devices", "core", "-o", "json").data["changes"]
    check = play(spoiled, tmp_path, "--check", "--diff")
    assert (check.code, recap(check)) == (0, {"core1": 1, "core2": 1}), check.out + check.err
    assert [change["device"] for change in shown] == ["core1", "core2"]
    for change in shown:
        assert f"{change['device']}\n{change['diff']}\n" in check.out
    assert spoiled.run("net", "diff", "--devices", "core", "-o", "json").data["changes"] == shown

    killed = play(spoiled, tmp_path, env={"CITYNODE_KILL_AT": "device-core1:middle"})
    assert killed.code != 0
    (unfinished,) = spoiled.ok("ops", "list")["unfinished"]
    done = play(spoiled, tmp_path, "--diff")
    assert (done.code, recap(done)) == (0, {"core1": 1, "core2": 1}), done.out + done.err
    again = play(spoiled, tmp_path)
    assert (again.code, recap(again)) == (0, {"core1": 0, "core2": 0})

    assert spoiled.ok("net", "diff", "--devices", "core")["pending"] == 0
    newest = spoiled.ok("net", "history")["changes"][:2]
    assert unfinished["change_id"] in {change["change"] for change in newest}
    assert [change["states"] for change in newest] == [{"kept": 1}, {"kept": 1}]
    trail = spoiled.ok("audit", "show")[-5:]
    assert [entry["outcome"] for entry in trail] == ["begun", "resumed", "done", "begun", "done"]
    assert spoiled.ok("audit", "verify")["ok"]


def test_a_play_for_a_city_that_cannot_be_reached_fails_and_says_what_to_do(lab: Rig, tmp_path: Path) -> None:
    done = play(lab, tmp_path, env={"CITYNODE_ACCESS": str(tmp_path / "none.yaml")})
    assert done.code != 0
    assert "none.yaml can't be read" in done.out + done.err
