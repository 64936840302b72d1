"""The module that keeps a host's baseline: what didn't succeed is told, and looked at again by the next play."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

RULES, BOOT = "/etc/nftables.d/50-citynode.nft", "/etc/systemd/system/nftables.service.d/50-citynode.conf"


class Failed(Exception):
    """What ends a task."""


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend("playbooks/collections")
    plugins = "ansible_collections.citynode.node.plugins"
    monkeypatch.setattr(importlib.import_module(f"{plugins}.module_utils.trial"), "_WAIT", "true")  # nobody waits longer than the test
    return importlib.import_module(f"{plugins}.modules.host_baseline")


def test_what_could_not_be_enabled_at_boot_fails_the_task_and_is_tried_again(module: ModuleType, tmp_path: Path) -> None:
    ran: list[list[str]] = []
    code = 1

    def run(argv: list[str]) -> tuple[int, str, str]:
        ran.append(argv)
        return code, "", "Failed to enable unit: Unit file nftables.service does not exist.\n" if code else ""

    def fail(msg: str, **_facts: Any) -> None:
        raise Failed(msg)

    host = module.Host(SimpleNamespace(params={"root": str(tmp_path), "activate": True}, run_command=run, fail_json=fail))
    rules, boot = module.files(module.Settings(), ["nftables"])

    def keep() -> None:
        notes = {
            "late": [[file.path, file.text, file.mode] for file in (rules, boot)],
            "services": [[boot.path, *boot.service]],
            "active": {file.path: module._digest(file) for file in (rules, boot)},
        }
        host.keep(host.trials.arm(3600, [], [], notes))

    host.own.mkdir(parents=True)
    with pytest.raises(Failed, match=r"^systemctl enable nftables failed: Failed to enable unit: Unit file nftables\.service"):
        keep()
    assert json.loads((host.own / "active.json").read_text()).keys() == {RULES}
    (again,) = [one for one in host.pending([boot]) if one is not None]
    assert again.before.startswith("# written, but never read")
    code = 0
    keep()
    assert ran[-1] == ["systemctl", "enable", "nftables"]
    assert host.pending([boot]) == []
