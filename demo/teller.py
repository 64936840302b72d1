"""Runs the real command line for the story: shows each command, lets its progress through, keeps its data and its time."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ops.errors import CitynodeError
from ops.language import _

ROOT = Path(__file__).parents[1]


class ChapterFailed(CitynodeError):
    """A command of the story ended otherwise than it was to."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A command's data, and how long it took from outside."""

    data: Any
    seconds: float


@dataclass
class Teller:
    """Tells the story on stderr and does what it tells."""

    lang: str
    speed: float = 1.0
    commands: list[str] = field(default_factory=list)

    def chapter(self, number: int, title: str, about: str) -> None:
        self.commands.clear()
        self.line(f"\n{'─' * 78}\n{number}. {title}\n{about}\n")

    def line(self, text: str) -> None:
        sys.stderr.write(text + "\n")
        sys.stderr.flush()

    def ask(self, *words: str, allowed: tuple[int, ...] = (0,), quiet: bool = False) -> Answer:
        """Run `citynode WORDS -o json`; anything but these exit codes ends the story with the command's own words."""
        shown = shlex.join(("citynode", *words))
        self.commands.append(shown)
        self.line(f"$ {shown}")
        began = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-m", "cli.main", *words, "-o", "json", "--lang", self.lang],
            cwd=ROOT,
            env=os.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if quiet else None,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        seconds = time.monotonic() - began
        if done.returncode not in allowed:
            raise ChapterFailed(
                _("{command} ended with exit code {code}").format(command=shown, code=done.returncode),
                why=(done.stderr or done.stdout or "").strip()[-600:],
                hint=_("make demo begins again; citynode lab status shows how the lab stands"),
            )
        return Answer(json.loads(done.stdout) if done.stdout.strip() else None, seconds)

    def say(self, text: str) -> None:
        self.line(f"  → {text}")
