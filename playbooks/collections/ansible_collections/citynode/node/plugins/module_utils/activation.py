# Copyright: the citynode maintainers
"""How the baseline's files come to count on a host, and how that is undone. On the standard library alone: it runs on the host.

A program that isn't there, or that nothing here starts (no service manager), is left alone and named: its file is written and counts
when it starts. Two sections need no service manager: the filter is loaded by nft, and the SSH server that let this session in is told to
read anew.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
from collections.abc import Callable, Sequence
from pathlib import Path

from ansible_collections.citynode.node.plugins.module_utils.baseline import RULES, TABLE, BaselineFile  # type: ignore[import-not-found]

Run = Callable[[Sequence[str]], "tuple[int, str, str]"]
"""Runs an argv; its exit code, what it said and what it complained of."""
SYSTEMD = Path("/run/systemd/system")


def program(name: str) -> str:
    """Where the program is, or nothing."""
    return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin") or ""


class Activation:
    """The host's programs; `root` is where its files begin."""

    def __init__(self, run: Run, root: Path) -> None:
        self.run = run
        self.root = root

    def refusal(self, file: BaselineFile, draft: Path) -> str:
        """What the program that will read the file says against it, or nothing."""
        if file.section == "sshd" and program("sshd"):
            return self._sshd_refusal(draft)
        if not file.validate or not program(file.validate[0]):
            return ""
        code, _out, err = self.run([program(file.validate[0]), *file.validate[1:], str(draft)])
        return err.strip().replace(str(draft), file.path) if code else ""

    def obstacle(self, file: BaselineFile) -> str:
        """Why the file can't be made to count here: `absent`, `not started`, or nothing."""
        if not program(file.program):
            return "absent"
        if file.section == "sshd" and server_of_this_session():
            return ""
        return "not started" if file.service and not SYSTEMD.is_dir() else ""

    def activate(self, file: BaselineFile, path: Path) -> str:
        """Let it count; what went wrong, or nothing."""
        for argv in self._steps(file, path):
            code, out, err = self.run(argv)
            if code:
                return f"{' '.join(argv)} failed: {(err or out).strip()}"
        return ""

    def undo(self, file: BaselineFile, saved: Path) -> list[str]:
        """Shell lines that, run when the file is the old one again, let that count; `saved` is the filter as it was."""
        if file.path == RULES:
            table = " ".join(TABLE)
            if not self.loaded():
                return [f"nft delete table {table} 2>/dev/null"]
            bare = f"echo 'table {table}'; echo 'delete table {table}'"  # one transaction: at no time is the host without a filter
            return [f"{{ {bare}; cat {shlex.quote(str(saved))}; }} | nft -f -"]
        return [shlex.join(argv) for argv in self._steps(file, Path())]

    def loaded(self) -> str:
        """The filter as it runs, in nft's own words; nothing where there is none."""
        code, out, _err = self.run([program("nft"), "list", "table", *TABLE]) if program("nft") else (1, "", "")
        return out if code == 0 else ""

    def meant(self, draft: Path) -> str:
        """The same for rules in a file: loaded into a network of its own that ends with the question. Nothing where that can't be had."""
        script = f"nft -f {shlex.quote(str(draft))} && nft list table {' '.join(TABLE)}"
        code, out, _err = self.run(["unshare", "--net", "sh", "-c", f"PATH=$PATH:/usr/sbin:/sbin; {script}"])
        return out if code == 0 else ""

    def _steps(self, file: BaselineFile, path: Path) -> list[list[str]]:
        if self.obstacle(file):
            return []
        if file.path == RULES:
            return [[program("nft"), "-f", str(path)]]
        if file.section == "auditd":
            return [[program("augenrules"), "--load"]]
        if file.section == "sshd" and not SYSTEMD.is_dir():
            return [["sh", "-c", f"kill -{signal.SIGHUP.value} {server_of_this_session()}"]]
        return [["systemctl", *file.service]]

    def _sshd_refusal(self, draft: Path) -> str:
        """The whole configuration with the draft in front: in sshd the first word counts."""
        main = _config_of(server_of_this_session()) or Path("/etc/ssh/sshd_config")
        whole = draft.with_name(draft.name + ".whole")
        try:
            whole.write_text(f"Include {draft}\n{main.read_text(encoding='utf-8')}", encoding="utf-8")
            code, _out, err = self.run([program("sshd"), "-t", "-f", str(whole)])
        finally:
            whole.unlink(missing_ok=True)
        return err.strip().replace(str(draft), "the new lines") if code else ""


def server_of_this_session() -> int:
    """The pid of the SSH server that let this session in: the topmost sshd above us; 0 where there is none."""
    pid, found = os.getpid(), 0
    while pid > 1:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        name, parent = stat[stat.index("(") + 1 : stat.rindex(")")], int(stat[stat.rindex(")") + 2 :].split()[1])
        found = pid if name == "sshd" else found
        pid = parent
    return found


def _config_of(server: int) -> Path | None:
    """The configuration that the server was started with, where it names one."""
    if not server:
        return None
    words = Path(f"/proc/{server}/cmdline").read_text(encoding="utf-8", errors="replace").replace("\0", " ")
    named = re.search(r" -f (\S+)", words)
    return Path(named[1]) if named else None
