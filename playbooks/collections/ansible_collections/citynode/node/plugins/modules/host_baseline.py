# Copyright: the citynode maintainers
"""Ansible's module that brings a host to the baseline: sshd, chrony, auditd, nftables and the node exporter. Runs on the host."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.citynode.node.plugins.module_utils.activation import Activation, program  # type: ignore[import-not-found]
from ansible_collections.citynode.node.plugins.module_utils.baseline import RULES, SECTIONS, BaselineFile, Settings, files  # type: ignore[import-not-found]
from ansible_collections.citynode.node.plugins.module_utils.trial import Trials  # type: ignore[import-not-found]

DOCUMENTATION = """
module: host_baseline
author: The citynode maintainers
short_description: Bring a host to the baseline of GB/T 22239-2019
description:
  - Writes what each section needs, proves what can be proven before it counts (C(sshd -t), C(nft -c), C(chronyd -p)), and lets it count.
  - What counts does so on trial. The host takes everything back by itself, whoever is gone meanwhile, unless O(keep) comes in time; give
    that from a new session, since a filter leaves the present one alone.
  - Needs nothing on the host but Python; a program that isn't there, or that no service manager here starts, is named and only written for.
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
  neighbours:
    description: IPv4 addresses of routers that speak OSPF with the host, where it is its site's gateway.
    type: list
    elements: str
    default: []
  ssh_port:
    description: The port of the SSH server.
    type: int
    default: 22
  root:
    description: Where the host's files begin; another folder for an image, or for looking.
    type: path
    default: /
  activate:
    description: Whether what is written is made to count; if left out, only where O(root) is the host's own.
    type: bool
  trial_seconds:
    description: After how many seconds what nobody kept is taken back.
    type: int
    default: 60
  keep:
    description: The trial that is to be kept; nothing else is done then.
    type: str
    default: ""
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
  register: baseline

- name: Let a new session come in
  ansible.builtin.meta: reset_connection

- name: Keep it
  citynode.node.host_baseline:
    keep: "{{ baseline.trial }}"
"""

RETURN = """
files:
  description: The files that differed, or that were written and never read.
  type: list
  elements: str
  returned: success
absent:
  description: Sections whose program isn't on the host.
  type: list
  elements: str
  returned: success
not_started:
  description: Sections whose program nothing here starts.
  type: list
  elements: str
  returned: success
trial:
  description: What O(keep) is to be given; empty if nothing was made to count.
  type: str
  returned: success
"""


@dataclass(frozen=True)
class Pending:
    """A file that isn't as it shall be, and how that is shown."""

    file: BaselineFile
    before: str
    after: str

    def diff(self) -> dict[str, str]:
        return {"before_header": self.file.path, "after_header": self.file.path, "before": self.before, "after": self.after}


class Host:
    """The host that the module runs on."""

    def __init__(self, module: AnsibleModule) -> None:
        self.module = module
        self.root = Path(module.params["root"])
        chosen = module.params["activate"]
        self.is_activating = self.root == Path("/") if chosen is None else bool(chosen)
        self.own = self.path("/var/lib/citynode/baseline")
        self.trials = Trials(self.own)
        self.programs = Activation(lambda argv: module.run_command(list(argv)), self.root)

    def path(self, path: str) -> Path:
        """Where a path of the host lies."""
        return Path(self.root, path.lstrip("/"))

    def before(self, file: BaselineFile) -> str:
        path = self.path(file.path)
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def pending(self, wanted: list[BaselineFile]) -> list[Pending]:
        """What differs in its file, or in what runs."""
        found = [self._compare(file) for file in wanted]
        return [one for one in found if one is not None]

    def _compare(self, file: BaselineFile) -> Pending | None:
        path, before = self.path(file.path), self.before(file)
        if before != file.text or path.stat().st_mode & 0o777 != file.mode:
            return Pending(file, before, file.text)
        if not self.is_activating:
            return None
        if file.path == RULES and program("nft"):
            loaded, meant = self.programs.loaded(), self.programs.meant(path)
            if meant and loaded != meant:
                return Pending(file, loaded, meant)
        return None if self._active().get(file.path) == _digest(file) else Pending(file, "# written, but never read\n" + before, file.text)

    def prove(self, file: BaselineFile) -> None:
        """Let the program that will read the file look at it first."""
        with tempfile.TemporaryDirectory(prefix="citynode-") as folder:
            draft = Path(folder, "draft")
            draft.write_text(file.text, encoding="utf-8")
            refused = self.programs.refusal(file, draft)
        if refused:
            self.module.fail_json(msg=f"{file.program} refuses the new {file.path}: {refused}", section=file.section)

    def refuse_to_cut_ourselves_off(self) -> None:
        """The filter must let this session's own client in."""
        client = os.environ.get("SSH_CONNECTION", "").split(" ")[0].split("%")[0]
        allowed = [ip_network(network) for network in self.module.params["operators"]]
        if client and allowed and not any(ip_address(client) in network for network in allowed):
            self.module.fail_json(
                msg=f"the new filter would not let {client} in, where this session comes from: add its network to operators"
            )

    def write(self, file: BaselineFile) -> None:
        """Put the file in its place as a whole."""
        _place(self.path(file.path), file.text, file.mode)

    def try_out(self, pending: list[BaselineFile]) -> str:
        """Let the files count on trial, and the trial's id; if one can't, all is as it was and the task fails."""
        self.own.mkdir(parents=True, exist_ok=True, mode=0o700)
        saved = self.own / "filter.before"
        _place(saved, self.programs.loaded(), 0o600)
        counting = [file for file in pending if not file.is_for_boot]
        undo = [line for file in counting for line in self.programs.undo(file, saved)]
        notes = {
            "late": [[file.path, file.text, file.mode] for file in pending if file.late],
            "services": [[file.path, *file.service] for file in pending if file.late and file.service and not self.programs.obstacle(file)],
            "active": {file.path: _digest(file) for file in pending},
        }
        at_once = [file for file in pending if not file.late]
        trial: str = self.trials.arm(self.module.params["trial_seconds"], [self.path(file.path) for file in at_once], undo, notes)
        for file in at_once:
            self.write(file)
        draft = self.own / "filter.new"
        for file in counting:
            if file.path == RULES:
                _place(draft, file.text, 0o600)
            why = self.programs.activate(file, draft)
            if why or not self.trials.is_open(trial):
                self.trials.take_back(trial)
                self.module.fail_json(msg=f"{why or 'it took longer than the trial'}; all is as it was", section=file.section)
        return trial

    def keep(self, trial: str) -> dict[str, Any]:
        """Keep what is on trial, from a session that came in after it."""
        notes = self.trials.keep(trial)
        if notes is None:
            why = "it took itself back, since nobody kept it in time" if self.trials.was_undone(trial) else "there is no such trial here"
            self.module.fail_json(msg=f"the baseline's change {trial} can't be kept: {why}; run the play again")
        for path, text, mode in notes["late"]:
            _place(self.path(path), text, mode)
        active, failed = {**self._active(), **notes["active"]}, []
        for path, *service in notes["services"]:
            code, out, err = self.module.run_command(["systemctl", *service])
            if code:
                del active[path]
                failed.append(f"systemctl {' '.join(service)} failed: {(err or out).strip()}")
        _place(self.own / "active.json", json.dumps(active), 0o600)
        if failed:
            self.module.fail_json(msg=f"{'; '.join(failed)}; the rest of the baseline is kept: mend that and run the play again")
        return {"changed": False, "files": [], "absent": [], "not_started": [], "trial": ""}

    def _active(self) -> dict[str, str]:
        """The digests of the files that were made to count, by path."""
        try:
            found: dict[str, str] = json.loads((self.own / "active.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found


def bring(module: AnsibleModule) -> dict[str, Any]:
    """Write what differs, or say what would be written."""
    params, host = module.params, Host(module)
    if params["keep"]:
        return {} if module.check_mode else host.keep(params["keep"])
    left = host.trials.open
    if left and not module.check_mode:
        module.warn(f"a change of the baseline that nobody kept ({left}) was taken back first")
        host.trials.take_back(left)
    lists = {name: tuple(params[name]) for name in ("ntp", "operators", "monitors", "ports", "neighbours")}
    pending = host.pending(files(Settings(**lists, ssh_port=params["ssh_port"]), params["sections"]))
    if host.is_activating and any(one.file.path == RULES for one in pending):
        host.refuse_to_cut_ourselves_off()
    for one in pending:
        host.prove(one.file)
    trial = ""
    if pending and not module.check_mode:
        if host.is_activating:
            trial = host.try_out([one.file for one in pending])
        else:
            for one in pending:
                host.write(one.file)
    counting = [one.file for one in pending if host.is_activating and not one.file.is_for_boot]
    obstacles = {file.section: host.programs.obstacle(file) for file in counting}
    return {
        "changed": bool(pending),
        "files": [one.file.path for one in pending],
        "absent": [section for section, why in obstacles.items() if why == "absent"],
        "not_started": [section for section, why in obstacles.items() if why == "not started"],
        "trial": trial,
        "diff": [one.diff() for one in pending],
    }


def _digest(file: BaselineFile) -> str:
    return hashlib.sha256(file.text.encode()).hexdigest()


def _place(path: Path, text: str, mode: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".new")
    draft.touch(mode=0o600)
    draft.write_text(text, encoding="utf-8")
    draft.chmod(mode)
    draft.replace(path)


def main() -> None:
    """Run the module."""
    words = {"type": "list", "elements": "str", "default": []}
    module = AnsibleModule(
        argument_spec={
            "sections": {"type": "list", "elements": "str", "choices": list(SECTIONS), "default": list(SECTIONS)},
            "ntp": words,
            "operators": words,
            "monitors": words,
            "neighbours": words,
            "ports": {"type": "list", "elements": "int", "default": []},
            "ssh_port": {"type": "int", "default": 22},
            "root": {"type": "path", "default": "/"},
            "activate": {"type": "bool"},
            "trial_seconds": {"type": "int", "default": 60},
            "keep": {"type": "str", "default": ""},
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
