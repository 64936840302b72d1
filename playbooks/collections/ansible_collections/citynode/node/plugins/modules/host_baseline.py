# Copyright: the citynode maintainers
"""Ansible's module that brings a host to the baseline: sshd, chrony, auditd, nftables and the node exporter. Runs on the host."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.citynode.node.plugins.module_utils.baseline import SECTIONS, BaselineFile, Settings, files  # type: ignore[import-not-found]

DOCUMENTATION = """
module: host_baseline
author: The citynode maintainers
short_description: Bring a host to the baseline of GB/T 22239-2019
description:
  - Writes one file a section, proves what can be proven before it counts, and reloads what it changed.
  - Needs nothing on the host but Python; a program that isn't there is skipped and named.
options:
  sections:
    description: The parts of the baseline.
    type: list
    elements: str
    choices: [sshd, chrony, auditd, nftables, node_exporter]
    default: [sshd, chrony, auditd, nftables, node_exporter]
  ntp:
    description: Time servers.
    type: list
    elements: str
    default: []
  operators:
    description: Networks that may log in, both families; everybody, if left out.
    type: list
    elements: str
    default: []
  monitors:
    description: Networks that may read the node exporter.
    type: list
    elements: str
    default: []
  ports:
    description: TCP ports of the host's own services.
    type: list
    elements: int
    default: []
  root:
    description: Where the host's files begin; another folder for an image, or for looking.
    type: path
    default: /
  activate:
    description: Whether programs are reloaded; never with another C(root).
    type: bool
    default: true
attributes:
  check_mode:
    description: Says what would change and touches nothing.
    support: full
  diff_mode:
    description: Shows every file before and after.
    support: full
"""

EXAMPLES = """
- name: Bring the host to the baseline
  citynode.node.host_baseline:
    ntp: [10.16.1.21, 10.16.2.21]
    operators: [10.16.1.0/24, "2001:db8:7e04:100::/64"]
    ports: [8080]
"""

RETURN = """
files:
  description: The files that differed.
  type: list
  elements: str
  returned: success
skipped:
  description: Sections whose program isn't on the host.
  type: list
  elements: str
  returned: success
"""


class Host:
    """The host that the module runs on."""

    def __init__(self, module: AnsibleModule) -> None:
        self.module = module
        self.root = Path(module.params["root"])
        self.skipped: list[str] = []

    def path(self, file: BaselineFile) -> Path:
        return Path(self.root, file.path.lstrip("/"))

    def before(self, file: BaselineFile) -> str:
        path = self.path(file)
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def differs(self, file: BaselineFile) -> bool:
        path = self.path(file)
        return bool(self.before(file) != file.text) or path.stat().st_mode & 0o777 != file.mode

    def prove(self, file: BaselineFile) -> None:
        """Let the program that will read the file look at it first."""
        if not file.validate or shutil.which(file.validate[0]) is None:
            return
        with tempfile.NamedTemporaryFile("w", suffix=".citynode", encoding="utf-8") as draft:
            draft.write(file.text)
            draft.flush()
            code, _out, err = self.module.run_command([*file.validate, draft.name])
        if code:
            self.module.fail_json(msg=f"{file.validate[0]} refuses the new {file.path}: {err.strip()}")

    def write(self, file: BaselineFile) -> None:
        """Put the file in its place as a whole."""
        path = self.path(file)
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(path.name + ".new")
        draft.write_text(file.text, encoding="utf-8")
        draft.chmod(file.mode)
        draft.replace(path)

    def activate(self, file: BaselineFile) -> None:
        """Let the program read it, if it is there."""
        if not self.module.params["activate"] or self.root != Path("/"):
            return
        if shutil.which(file.activate[0]) is None:
            self.skipped.append(file.section)
            return
        code, _out, err = self.module.run_command(list(file.activate))
        if code:
            self.module.fail_json(msg=f"{' '.join(file.activate)} failed: {err.strip()}", section=file.section)


def bring(module: AnsibleModule) -> dict[str, Any]:
    """Write what differs, or say what would be written."""
    params = module.params
    lists = {name: tuple(params[name]) for name in ("ntp", "operators", "monitors", "ports")}
    host = Host(module)
    pending = [file for file in files(Settings(**lists), params["sections"]) if host.differs(file)]
    diff = [{"before_header": file.path, "after_header": file.path, "before": host.before(file), "after": file.text} for file in pending]
    for file in pending:
        host.prove(file)
    for file in pending if not module.check_mode else ():
        host.write(file)
        host.activate(file)
    return {"changed": bool(pending), "files": [file.path for file in pending], "skipped": host.skipped, "diff": diff}


def main() -> None:
    """Run the module."""
    words = {"type": "list", "elements": "str", "default": []}
    module = AnsibleModule(
        argument_spec={
            "sections": {"type": "list", "elements": "str", "choices": list(SECTIONS), "default": list(SECTIONS)},
            "ntp": words,
            "operators": words,
            "monitors": words,
            "ports": {"type": "list", "elements": "int", "default": []},
            "root": {"type": "path", "default": "/"},
            "activate": {"type": "bool", "default": True},
        },
        supports_check_mode=True,
    )
    try:
        found = bring(module)
    except (OSError, ValueError) as problem:
        module.fail_json(msg=str(problem))
    module.exit_json(**found)


if __name__ == "__main__":
    main()
