"""How a failure is told: what happened, why, what to try, and the exit code. A traceback only with `--debug`."""

from __future__ import annotations

import errno
import sys
import traceback
from typing import Any

import typer

from cli.refused import in_our_words
from ops.errors import CitynodeError, Declined, UsageProblem
from ops.language import _
from ops.suggest import nearest


def about(problem: BaseException, *, debug: bool) -> int:
    """Tell the problem on stderr; the exit code it stands for."""
    told = translate(problem)
    if told is None:
        if isinstance(problem, SystemExit):
            return problem.code if isinstance(problem.code, int) else 1
        told = _fault(problem)
    elif debug:
        traceback.print_exception(problem, file=sys.stderr)
    _write(told)
    return told.exit_code


def translate(problem: BaseException) -> CitynodeError | None:
    """The problem as one of ours; None if it is nobody's fault but citynode's."""
    if isinstance(problem, CitynodeError):
        return problem
    if isinstance(problem, KeyboardInterrupt | typer.Abort):
        return Declined(_("stopped"), hint=_("the same command goes on where it stopped; citynode ops list shows what is unfinished"))
    if isinstance(problem, typer.TyperException):
        return _usage(problem)
    if isinstance(problem, OSError):
        return _system(problem)
    if "database or disk is full" in str(problem):  # SQLite's words, however deep they come from
        return _full("SQLite")
    return None


def _write(told: CitynodeError) -> None:
    lines = [f"{_('error')}: {told.what}"]
    if told.why:
        lines.append(f"{_('why')}: " + told.why.replace("\n", "\n     "))
    if told.hint:
        lines.append(f"{_('try')}: {told.hint}")
    try:
        sys.stderr.write("\n".join(lines) + "\n")
        sys.stderr.flush()
    except (OSError, ValueError):
        return  # nobody listens any more; the exit code still speaks


def _usage(problem: typer.TyperException) -> UsageProblem:
    """Typer's own complaint about the command line, in our form."""
    context: Any = getattr(problem, "ctx", None)
    hint = f"{context.command_path} --help" if context is not None else "citynode --help"
    option = getattr(problem, "option_name", None)
    kind = type(problem).__name__
    if kind == "NoSuchOption":
        known = [name for parameter in context.command.params for name in parameter.opts] if context is not None else []
        close = nearest(str(option), known)
        return UsageProblem(
            _("there is no option {option} here").format(option=option),
            hint=_("did you mean '{close}'?").format(close=close) if close else hint,
        )
    parameter: Any = getattr(problem, "param", None)
    name = parameter.get_error_hint(getattr(problem, "ctx", None)) if parameter is not None else ""
    if kind == "MissingParameter" and name:
        return UsageProblem(_("{name} is missing").format(name=name), hint=hint)
    if kind == "BadParameter" and name:
        return UsageProblem(_("{name} can't be this").format(name=name), why=in_our_words(problem.message), hint=hint)
    return UsageProblem(in_our_words(problem.format_message()), hint=hint)


def _system(problem: OSError) -> CitynodeError | None:
    """Failures of the machine that a person can mend; other OSErrors are ours to have foreseen."""
    name = str(problem.filename or "")
    if problem.errno in (errno.ENOSPC, errno.EDQUOT):
        return _full(name or str(problem.strerror))
    if problem.errno in (errno.EACCES, errno.EPERM):
        return CitynodeError(
            _("this user may not do that"),
            why=": ".join(part for part in (name, str(problem.strerror)) if part),
            hint=_("run it as root (the lab needs that), or check who owns the file"),
        )
    if problem.errno == errno.EROFS:
        return CitynodeError(
            _("the file system can't be written to"), why=name, hint=_("set CITYNODE_STATE and CITYNODE_CACHE to folders that can")
        )
    return None


def _full(where: str) -> CitynodeError:
    return CitynodeError(
        _("the disk is full"),
        why=where,
        hint=_("free some space (the cache may be deleted at any time), then run the same command: it goes on where it stopped"),
    )


def _fault(problem: BaseException) -> CitynodeError:
    """A fault of citynode itself: the traceback goes to a file, never to the terminal."""
    where = _keep(problem)
    told = CitynodeError(
        _("this is a fault in citynode, not in your command: {kind}").format(kind=type(problem).__name__),
        why=str(problem)[:300],
        hint=_("send this file to whoever maintains citynode: {path}").format(path=where) if where else _("run it again with --debug"),
    )
    if "--debug" in sys.argv:
        traceback.print_exception(problem, file=sys.stderr)
    return told


def _keep(problem: BaseException) -> str:
    from datetime import UTC, datetime

    from ops.folders import state_dir

    try:
        folder = state_dir() / "faults"
        folder.mkdir(exist_ok=True)
        path = folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S.%f}.log"
        path.write_text("".join(traceback.format_exception(problem)), encoding="utf-8")
    except OSError:
        return ""
    return str(path)
