"""Every module's page, as `ansible-doc` shows it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PLAYBOOKS = Path(__file__).parents[3] / "playbooks"
MODULES = sorted(path.stem for path in (PLAYBOOKS / "collections/ansible_collections/citynode/node/plugins/modules").glob("[a-z]*.py"))


@pytest.mark.parametrize("name", MODULES)
def test_a_page_can_be_read(name: str, tmp_path: Path) -> None:
    full = f"citynode.node.{name}"
    argv = [str(Path(sys.executable).with_name("ansible-doc")), "-t", "module", "-j", full]
    env = {**os.environ, "ANSIBLE_HOME": str(tmp_path)}
    done = subprocess.run(argv, cwd=PLAYBOOKS, env=env, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    page = json.loads(done.stdout)[full]["doc"]
    assert all(isinstance(line, str) for line in page["description"])
    if name != "host_baseline":  # it runs on the hosts, not over the engine
        assert {"city", "access", "author"} <= page["options"].keys()
