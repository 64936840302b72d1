"""Secrets in configurations: named where we write them, masked where a device prints them, filled in when lines are typed.

A device prints a secret enciphered, and differently each time. So a line is compared without it, and a secret that was
changed is not noticed by comparing: it is changed on purpose, by whoever rotates it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

MASKED = "***"
_NAMED = re.compile(r"\{\{secret ([a-z0-9-]+)\}\}")
_PRINTED: tuple[re.Pattern[str], ...] = (
    re.compile(r"(%\^%#).*?(%\^%#)"),
    re.compile(r"(%[$@]%[$@]).*?\1"),
    re.compile(r"(\$[ch]\$\d\$)\S+()"),
)
"""How VRP (`%^%#…%^%#`, older `%$%$…%$%$`) and Comware (`$c$3$…`) print what they enciphered."""
_SPOKEN = re.compile(
    r"\b((?:authentication-mode|privacy-mode) \S+ (?:cipher|simple)|(?:password|shared-key|community(?: (?:read|write))?|key|secret)"
    r"(?: (?:cipher|simple|irreversible-cipher|hash))) (\S+)"
)
_COMWARE_USER = re.compile(r"(usm-user v3 \S+ \S+ (?:cipher|simple) authentication-mode \S+) \S+( privacy-mode \S+) \S+")


def secret(name: str) -> str:
    """What stands in a line for a secret of this name."""
    return "{{secret " + name + "}}"


def masked(line: str) -> str:
    """The line without secrets, whether they are ours by name or a device's in cipher."""
    line = _COMWARE_USER.sub(rf"\1 {MASKED}\2 {MASKED}", _NAMED.sub(MASKED, line))
    for pattern in _PRINTED:
        line = pattern.sub(MASKED, line)
    return _SPOKEN.sub(rf"\1 {MASKED}", line)


def filled(lines: Iterable[str], find: Callable[[str], str]) -> tuple[str, ...]:
    """The lines as they are typed: each named secret replaced by what `find` has for it."""
    return tuple(_NAMED.sub(lambda found: find(found[1]), line) for line in lines)


def names(lines: Iterable[str]) -> tuple[str, ...]:
    """The secrets that these lines need."""
    return tuple(dict.fromkeys(name for line in lines for name in _NAMED.findall(line)))
