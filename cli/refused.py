"""What Typer says against a command line, in our words and the reader's language; what is not known here stays as it is."""

from __future__ import annotations

import re

from ops.language import N_, _

SAID = tuple(
    (re.compile(pattern, re.DOTALL), ours)
    for pattern, ours in (
        (r"Got unexpected extra argument\(s\) \((?P<words>.*)\)", N_("this command takes no further words: {words}")),
        (r"Option '(?P<option>.*)' requires an argument\.", N_("{option} needs a value")),
        (r"Option '(?P<option>.*)' does not take a value\.", N_("{option} takes no value")),
        (r"(?P<value>.*) is not in the range (?P<range>.*)\.", N_("{value} is not in the range {range}")),
        (r"(?P<value>'.*') is not a valid int(eger)?( range)?\.", N_("{value} is no whole number")),
        (r"(?P<value>'.*') is not a valid float( range)?\.", N_("{value} is no number")),
        (r"(?P<value>'.*') is not one of (?P<known>.*)\.", N_("{value} is none of {known}")),
        (r"(File|Path|Directory) (?P<path>'.*') does not exist\.", N_("{path} isn't there")),
    )
)


def in_our_words(message: str) -> str:
    """The message, said as we say it."""
    for pattern, ours in SAID:
        if found := pattern.fullmatch(message):
            return _(ours).format_map(found.groupdict())
    return message
