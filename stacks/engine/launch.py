"""How the pulumi program is started and stopped: in a session of its own, ended in good order with us, never by surprise.

A Ctrl-C at the terminal reaches every program in the foreground, and pulumi takes a second one for "at once, whatever is
half done". So pulumi is kept apart from the terminal, and gets exactly one interrupt: from us, or from the kernel when we die.
"""

from __future__ import annotations

import os
import shlex
import shutil
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from stacks.engine.plugin import write_executable


def write_launcher(path: Path, pulumi: Path) -> Path:
    """A script by the name of pulumi that starts it so."""
    session, dying = shutil.which("setsid"), shutil.which("setpriv")
    words = [*([session] if session else []), *([dying, "--pdeathsig", "INT", "--"] if dying else []), str(pulumi)]
    return write_executable(path, f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n')


def interrupt() -> int:
    """Ask every pulumi that this process started to stop in good order; how many were asked."""
    asked = 0
    for pid in _children():
        with suppress(ProcessLookupError, FileNotFoundError):
            if b"pulumi" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0]:
                os.kill(pid, signal.SIGINT)
                asked += 1
    return asked


def _children() -> Iterator[int]:
    """The processes whose parent is this one."""
    me = os.getpid()
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with suppress(OSError):
            if int((entry / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[1]) == me:
                yield int(entry.name)
