"""The one way to run a program: argv as a list, allowed exit codes, a time limit, and the error to raise."""

from __future__ import annotations

import logging
import os
import shlex
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ops.errors import CitynodeError, TimedOut
from ops.language import _

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Command:
    """A program to run. `env` adds to the caller's environment; `secrets` are masked wherever it is shown."""

    argv: tuple[str, ...]
    cwd: Path | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    allowed: tuple[int, ...] = (0,)
    timeout: float = 120.0
    error: type[CitynodeError] = CitynodeError
    hint: str = ""
    stdin: str | None = None
    secrets: tuple[str, ...] = ()

    def __str__(self) -> str:
        """The command in a form that can be pasted into a shell."""
        text = shlex.join(self.argv)
        for secret in self.secrets:
            text = text.replace(secret, "***")
        return f"cd {self.cwd} && {text}" if self.cwd else text

    def run(self) -> Completed:
        """Run to the end and return its output; raise `error` on an exit code that is not allowed."""
        log.debug("run: %s", self)
        try:
            done = subprocess.run(
                self.argv,
                cwd=self.cwd,
                env={**os.environ, **self.env},
                input=self.stdin,
                text=True,
                capture_output=True,
                timeout=self.timeout,
                check=False,
                errors="replace",
            )
        except subprocess.TimeoutExpired as late:
            raise TimedOut(
                _("{program} did not end in {seconds:g} s").format(program=self.argv[0], seconds=self.timeout),
                why=str(self),
                hint=self.hint,
            ) from late
        except OSError as missing:
            raise self.error(
                _("{program} can't be run").format(program=self.argv[0]), why=str(missing), hint=self.hint or "citynode engines status"
            ) from missing
        if done.returncode not in self.allowed:
            tail = (done.stderr or done.stdout).strip().splitlines()[-3:]
            what = _("{program} failed with exit code {code}").format(program=self.argv[0], code=done.returncode)
            raise self.error(what, why=" / ".join(tail) or str(self), hint=self.hint)
        return Completed(done.returncode, done.stdout, done.stderr)


@dataclass(frozen=True, slots=True)
class Completed:
    code: int
    stdout: str
    stderr: str
