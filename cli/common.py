"""The options that every command has, declared once, and how a command function is given them.

They may stand anywhere: `citynode -o json net diff` and `citynode net diff -o json` mean the same; the last one counts.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from functools import wraps
from typing import Annotated, Any

import typer

DryRun = Annotated[bool, typer.Option("--dry-run", help="Show the plan and stop before anything is changed.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Don't ask; needed where nobody can be asked (scripts, pipes).")]

Output = Annotated[str | None, typer.Option("--output", "-o", metavar="table|json|yaml|markdown", help="Form of the data on stdout.")]
CityOption = Annotated[str | None, typer.Option("--city", metavar="NAME", help="A shipped city's name, or the path of a folder with one.")]
AccessOption = Annotated[str | None, typer.Option("--access", metavar="FILE", help="Access file: how to reach the city from here.")]
Lang = Annotated[str | None, typer.Option("--lang", metavar="en|zh", help="Language of texts (default: by the locale).")]
Author = Annotated[str | None, typer.Option("--author", metavar="NAME", help="Who acts, for approvals and the audit trail.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no notes; errors still show.")]
Debug = Annotated[bool, typer.Option("--debug", help="Log to stderr, and a traceback where citynode itself is at fault.")]
NoColor = Annotated[bool, typer.Option("--no-color", help="No colour (as does the variable NO_COLOR).")]

COMMON: Mapping[str, Any] = {
    "output": Output,
    "city": CityOption,
    "access": AccessOption,
    "lang": Lang,
    "author": Author,
    "quiet": Quiet,
    "debug": Debug,
    "no_color": NoColor,
}
"""Parameter name -> its annotation."""

_given: ContextVar[dict[str, str] | None] = ContextVar("citynode_flags", default=None)


def flags() -> dict[str, str]:
    """The common options that were given on this command line, as settings."""
    return _given.get() or {}


def forget() -> None:
    """Begin a new command line (tests run several in one process)."""
    _given.set({})


def remember(options: Mapping[str, Any]) -> None:
    """Take the common options that were given at one level of the command line."""
    found = dict(flags())
    for name, value in options.items():
        if value is None or value is False:
            continue
        if name == "no_color":
            found["color"] = "never"
        else:
            found[name] = "true" if value is True else str(value)
    _given.set(found)


def with_common(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function with the common options added to its signature; it is called without them.

    An option of the same name that the function declares itself stays its own and is remembered as well.
    """
    own = inspect.signature(function, eval_str=True)
    added = {name: kind for name, kind in COMMON.items() if name not in own.parameters}

    @wraps(function)
    def command(**values: Any) -> Any:
        remember({name: values[name] for name in COMMON if name in values})
        return function(**{name: value for name, value in values.items() if name not in added})

    extra = [
        inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, default=False if name in ("quiet", "debug", "no_color") else None, annotation=kind
        )
        for name, kind in added.items()
    ]
    parameters = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in own.parameters.values()]
    signature = own.replace(parameters=[*parameters, *extra])
    command.__signature__ = signature  # type: ignore[attr-defined]
    command.__annotations__ = {parameter.name: parameter.annotation for parameter in signature.parameters.values()}
    return command
