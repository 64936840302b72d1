"""The one place where a failure of the pulumi program is read: exit code, messages, and the error of ours that it is.

Exit codes as Pulumi documents them since 3.226; the messages of our own provider carry a mark (`provider.failures`),
those of the official plugin are told by a few words of theirs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ops.errors import ChangesPending, CitynodeError, Declined, PolicyRefused, TimedOut, Unreachable, UsageProblem
from ops.language import _
from stacks.cluster.errors import FieldOwned, Stuck
from stacks.provider.failures import errors_in

BY_CODE: dict[int, type[CitynodeError]] = {
    2: UsageProblem,
    3: Unreachable,
    5: PolicyRefused,
    6: UsageProblem,
    7: ChangesPending,
    8: Declined,
    9: TimedOut,
}
_WORDS: tuple[tuple[re.Pattern[str], type[CitynodeError]], ...] = (
    (re.compile(r"\b(update|preview|refresh|destroy|operation) cancell?ed\b|^cancell?ed$", re.IGNORECASE | re.MULTILINE), Declined),
    (re.compile(r"cluster is unreachable|connection refused|no route to host|Unauthorized|x509:", re.IGNORECASE), Unreachable),
    (re.compile(r"unable to load Kubernetes client", re.IGNORECASE), Unreachable),
    (re.compile(r"Apply failed with \d+ conflict|field manager conflict|conflict with \"", re.IGNORECASE), FieldOwned),
    (re.compile(r"is being terminated|timed out waiting", re.IGNORECASE), Stuck),
    (re.compile(r"incorrect passphrase", re.IGNORECASE), UsageProblem),
    (re.compile(r"currently locked by"), PolicyRefused),
    (re.compile(r"is protected|marked for protection"), PolicyRefused),
    (re.compile(r"no space left on device", re.IGNORECASE), CitynodeError),
)
_CODE = re.compile(r"^\s*code: (-?\d+)")


def exit_code(text: str) -> int:
    """The exit code that the Automation API hides in its error's text."""
    match = _CODE.match(text)
    return int(match[1]) if match else 255


def error_of(stack: str, text: str, messages: Sequence[str]) -> CitynodeError:
    """The error that a failed run of pulumi stands for: what its provider said first, else what pulumi said itself."""
    for message in (*messages, text):
        marked = errors_in(message)
        if marked:
            return marked[0]
    said = _said(text, messages)
    kind = next((kind for words, kind in _WORDS if words.search(said) or words.search(text)), BY_CODE.get(exit_code(text), CitynodeError))
    hint = _("citynode stack preview --centre NAME --debug shows all of it")
    return kind(_("pulumi failed on the stack {stack}").format(stack=stack), why=said, hint=hint)


def _said(text: str, messages: Sequence[str]) -> str:
    """The most telling line: the first error that isn't pulumi's own summary of it."""
    lines = [line.strip() for message in messages for line in message.splitlines() if line.strip()]
    lines += [line.split("error:", 1)[1].strip() for line in text.splitlines() if "error:" in line]
    telling = [line for line in lines if line not in ("update failed", "preview failed", "destroy failed", "refresh failed")]
    return (telling or lines or [f"exit code {exit_code(text)}"])[0]
