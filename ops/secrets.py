"""Secrets by reference: `env:NAME` or `file:/path`, so that no file of ours ever holds one.

Refuses a secret that stands in the text itself, an empty one, and a file that everybody may read.
No error of this module shows a value, only the reference.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from ops.errors import UsageProblem
from ops.language import _


def resolve(reference: str) -> str:
    """The secret behind a reference, without the last line break."""
    kind, _colon, rest = reference.partition(":")
    readers = {"env": _from_environment, "file": _from_file}
    if kind not in readers or not rest:
        raise UsageProblem(
            _("a secret is not given by reference"),
            why=_("it stands in the text itself or has an unknown kind, so it is not shown here"),
            hint=_("write env:NAME or file:/path instead"),
        )
    value = readers[kind](rest, reference)
    if not value:
        raise UsageProblem(_("the secret {reference} is empty").format(reference=reference), hint=_("put the secret there and try again"))
    return value


def _from_environment(name: str, reference: str) -> str:
    if name not in os.environ:
        raise UsageProblem(
            _("the secret {reference} is not set").format(reference=reference), hint=_("export {name}=… and try again").format(name=name)
        )
    return os.environ[name]


def _from_file(name: str, reference: str) -> str:
    path = Path(name)
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="utf-8")
    except OSError as problem:
        raise UsageProblem(
            _("the secret {reference} can't be read").format(reference=reference),
            why=problem.strerror or str(problem),
            hint=_("check that the file exists and that you may read it"),
        ) from problem
    if mode & stat.S_IROTH:
        raise UsageProblem(
            _("the secret {reference} can be read by everybody on this machine").format(reference=reference), hint=f"chmod 600 {path}"
        )
    return text.removesuffix("\n")
