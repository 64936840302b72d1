"""How a device's command line talks: prompts, questions, pages, and what counts as a refusal. Data only.

Whatever a device says to a configuration line besides its prompt is a refusal, unless its language knows it as harmless:
vendors print some errors without any mark ("The rule does not exist."), so that a list of errors would never be complete.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
"""Cursor movements and colours."""

WRAPPED = re.compile(r" \x1b\[\d+D")
"""VRP breaks the echo of a long line with a space and a step back."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question that the device asks in the middle of a command, and what we say."""

    words: re.Pattern[str]
    answer: str
    after: re.Pattern[str] = re.compile("")
    """Only when it comes after a line like this; what is agreed to in one place is not in another."""


@dataclass(frozen=True, slots=True)
class Talk:
    """The command line of one language."""

    login: re.Pattern[str]
    """The first prompt; its group `name` is what the device calls itself."""
    prompt: str
    """Any later prompt, as a pattern with `{names}` where the device's name stands: other brackets are not prompts."""
    quiet: tuple[str, ...]
    """Typed first of all: no paging."""
    running: str
    enter: str
    leave: str
    harmless: re.Pattern[str]
    """What the device says to lines that it took."""
    questions: tuple[Question, ...] = ()
    pager: re.Pattern[str] | None = None
    together: int = 1
    """Lines of one section that may be typed without waiting for each."""
    factory_names: tuple[str, ...] = ()
    """What the device calls itself without a `sysname`."""
    nowhere: re.Pattern[str] = re.compile(r"(?!)")
    """Lines that change what the prompt says; its group `name` is the new name."""

    def prompt_of(self, names: frozenset[str]) -> re.Pattern[str]:
        """The prompt of a device with any of these names, at the end of what was read."""
        return re.compile(r"(?:^|\n)" + self.prompt.replace("{names}", "|".join(re.escape(name) for name in sorted(names))) + r" ?$")
