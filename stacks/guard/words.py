"""The rules' sentences for people: said in English by the API server and by Pulumi, told in the reader's language by us."""

from __future__ import annotations

import re
from functools import cache

from ops.language import _
from stacks.guard.catalogue import RULES

LEAVE = "{says} (exempted until {day} by {approver}: {reason})"
EXPIRED = (
    "the exemption of {system} from the rule {rule} expired on {day}; {owner} has to mend it,"
    " or {approver} to prolong it in exemptions.yaml"
)
UNKNOWN = "the exemption of {system} names the rule {rule}, which there is not; did you mean {close}?"
OWN = (LEAVE, EXPIRED, UNKNOWN)


def texts() -> frozenset[str]:
    """Every text of the rules that people read, for the catalogue of translations."""
    of_rules = (text for rule in RULES for text in (rule.title, rule.why, rule.asks, *(check.says for check in rule.checks)))
    return frozenset({*OWN, *of_rules} - {""})


def told(sentence: str) -> str:
    """The sentence in the reader's language: its template is found again, what stood in the template stays."""
    for template, form in _forms():
        match = form.fullmatch(sentence)
        if match:
            fields = match.groupdict()
            return _(template).format(**{name: told(text) if name == "says" else text for name, text in fields.items()})
    return sentence


@cache
def _forms() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """What a rule can say, as patterns; the one that wraps another sentence comes first."""
    said = (*OWN, *(text for rule in RULES for text in (rule.asks, *(check.says for check in rule.checks)) if text))
    return tuple((text, re.compile(_pattern(text), re.DOTALL)) for text in said)


def _pattern(template: str) -> str:
    return "".join(f"(?P<{part[1:-1]}>.*?)" if part[:1] == "{" else re.escape(part) for part in re.split(r"(\{\w+\})", template))
