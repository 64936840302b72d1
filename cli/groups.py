"""Typer's groups as citynode wants them: lazy at the top, common options on all, help in the reader's language.

Refuses nothing itself: a name that does not exist becomes the project's own error with the nearest name.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_group

from cli.common import with_common
from cli.nouns import NOUNS
from ops.language import _
from ops.suggest import unknown

if TYPE_CHECKING:
    from typer._click import Command as BaseCommand
    from typer._click import HelpFormatter as _Formatter
else:
    _Formatter = typer.Context.formatter_class

_FIXED = {"[required]": "[required]", "Show this message and exit.": "Show this help and stop."}


class Formatter(_Formatter):
    """Headings and fixed words of the help page in the reader's language."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, args, prefix or _("Usage: "))

    def write_heading(self, heading: str) -> None:
        super().write_heading(_(heading))

    def write_dl(self, rows: Any, col_max: int = 30, col_spacing: int = 2) -> None:
        super().write_dl([(first, fixed_words(second)) for first, second in rows], col_max, col_spacing)


def fixed_words(text: str) -> str:
    """The help of a parameter with what Typer itself adds to it in the reader's language."""
    for word, ours in _FIXED.items():
        text = text.replace(word, _(ours))
    return text.replace("[default: ", "[" + _("default: "))


class Context(typer.Context):
    formatter_class = Formatter


class Command(TyperCommand):
    """A command whose help and whose options' help are translated when it is built."""

    context_class = Context

    def __init__(self, name: str | None, **settings: Any) -> None:
        settings["help"] = _unwrapped(settings.get("help"))
        settings["epilog"] = _example(settings.get("epilog"))
        super().__init__(name, **settings)
        _translate_options(self)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        with _naming(ctx):
            return super().parse_args(ctx, args)


class Group(TyperGroup):
    """A noun's commands."""

    context_class = Context

    def __init__(self, **settings: Any) -> None:
        settings["help"] = _unwrapped(settings.get("help"))
        super().__init__(**settings)
        _translate_options(self)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        with _naming(ctx):
            return super().parse_args(ctx, args)

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, BaseCommand | None, list[str]]:
        name = args[0]
        if self.get_command(ctx, name) is None and not ctx.resilient_parsing and not name.startswith("-"):
            raise unknown("command", f"{ctx.command_path} {name}", [f"{ctx.command_path} {known}" for known in self.list_commands(ctx)])
        return super().resolve_command(ctx, args)


class LazyGroup(Group):
    """`citynode` itself: a noun's module is imported when the noun is asked for, never for the list of nouns."""

    def list_commands(self, ctx: Any) -> list[str]:
        return [name for name, entry in NOUNS.items() if find_spec(entry.module) is not None]

    def get_command(self, ctx: Any, cmd_name: str) -> BaseCommand | None:
        entry = NOUNS.get(cmd_name)
        if entry is None or find_spec(entry.module) is None:
            return None
        module = import_module(entry.module)
        command = get_group(module.app)
        command.name = cmd_name
        return command

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        rows = [(name, _(NOUNS[name].help)) for name in self.list_commands(ctx)]
        if rows:
            with formatter.section("Commands"):
                formatter.write_dl(rows)

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Any]:
        from typer._click.shell_completion import CompletionItem

        return [CompletionItem(name, help=_(NOUNS[name].help)) for name in self.list_commands(ctx) if name.startswith(incomplete)]


class Noun(typer.Typer):
    """A Typer application whose every command has the common options."""

    def command(self, name: str | None = None, **settings: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:  # type: ignore[override]
        settings.setdefault("cls", Command)
        register = super().command(name, **settings)

        def add(function: Callable[..., Any]) -> Callable[..., Any]:
            register(with_common(function))
            return function

        return add


def noun(name: str, help: str = "", *, cls: type[Group] = Group) -> Noun:  # noqa: A002 - the word that Typer uses
    """A new noun with the common options at its own level too; a noun under a noun, which the table doesn't have, brings its help."""
    app = Noun(
        name=name,
        help=help or NOUNS[name].help,
        cls=cls,
        rich_markup_mode=None,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["--help", "-h"], "max_content_width": 120},
        invoke_without_command=True,
    )

    def level(ctx: typer.Context) -> None:
        if ctx.invoked_subcommand is None:
            sys.stdout.write(ctx.get_help() + "\n")

    app.callback(invoke_without_command=True)(with_common(level))
    return app


@contextmanager
def _naming(ctx: Any) -> Iterator[None]:
    """A complaint about the command line knows which command it is about: Typer's parser forgets to say."""
    try:
        yield
    except typer.TyperException as refused:
        if getattr(refused, "ctx", None) is None:
            refused.ctx = ctx  # type: ignore[attr-defined]
        raise


def _translate_options(command: Any) -> None:
    for parameter in command.params:
        if getattr(parameter, "help", None):
            parameter.help = _(parameter.help)


def _unwrapped(text: str | None) -> str | None:
    return _(text) if text else text


def _example(epilog: str | None) -> str | None:
    """The example with its word translated and its line kept whole."""
    if not epilog:
        return epilog
    word, colon, rest = epilog.partition(": ")
    return f"\b\n{_(word)}{colon}{rest}" if colon else epilog
