"""Writes the reference of every command from the commands themselves: `python -m cli.reference`, `--check` says if it is stale.

Refuses prose: guides are written by people in docs/; here stands only what `--help` says.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cli.common import COMMON
from cli.groups import fixed_words
from cli.main import LOCALE, root
from ops import language
from ops.language import _

ROOT = Path(__file__).parents[1]
PAGES = {"en": ROOT / "docs" / "reference.md", "zh": ROOT / "docs" / "reference.zh.md"}


@dataclass(frozen=True, slots=True)
class CommandPage:
    """One command, as its help says it."""

    path: str
    help: str
    example: str
    usage: str
    parameters: tuple[tuple[str, str], ...]
    options: frozenset[str]
    is_group: bool


def commands() -> Iterator[CommandPage]:
    """Every command and group, depth first, in the language in use."""
    yield from _walk(root(), None, "citynode")


def render(lang: str) -> str:
    """The whole reference in one language."""
    language.use(lang, LOCALE)
    try:
        return "\n".join(_lines()) + "\n"
    finally:
        language.use("en", LOCALE)


def _walk(command: Any, parent: Any, name: str) -> Iterator[CommandPage]:
    context = command.context_class(command, info_name=name, parent=parent)
    own = [parameter for parameter in command.params if parameter.name not in COMMON]
    yield CommandPage(
        path=context.command_path,
        help=command.help or "",
        example=(command.epilog or "").replace("\b\n", ""),
        usage=" ".join([context.command_path, *command.collect_usage_pieces(context)]),
        parameters=_records(own, context),
        options=frozenset(name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)),
        is_group=hasattr(command, "list_commands"),
    )
    if hasattr(command, "list_commands"):
        for child in command.list_commands(context):
            yield from _walk(command.get_command(context, child), context, child)


def _records(parameters: Iterable[Any], context: Any) -> tuple[tuple[str, str], ...]:
    """The names and the help of parameters, as a page of help shows them."""
    records = (parameter.get_help_record(context) for parameter in parameters)
    return tuple((record[0], " ".join(fixed_words(record[1]).split())) for record in records if record is not None)


def _lines() -> Iterator[str]:
    pages = list(commands())
    yield "<!-- Written by `python -m cli.reference`; change the commands, not this page. -->"
    yield f"# {_('Reference of all commands')}"
    yield ""
    yield _("Every command also has these options, anywhere on the line:")
    yield ""
    group = root()
    context = group.context_class(group, info_name="citynode")
    yield from _parameters(_records(group.params, context))
    yield ""
    yield _("Exit codes: 0 done, 1 failed, 2 wrong usage, 3 unreachable, 5 refused by a rule, 7 changes pending, 8 declined, 9 timed out.")
    for page in pages[1:]:
        yield from _page(page)


def _page(page: CommandPage) -> Iterator[str]:
    yield ""
    yield f"{'##' if page.is_group else '###'} {page.path}"
    yield ""
    yield page.help
    if page.is_group:
        return
    yield ""
    yield "```"
    yield page.usage
    yield "```"
    if page.parameters:
        yield ""
        yield from _parameters(page.parameters)
    if page.example:
        yield ""
        word, _colon, command = page.example.partition(": ")
        yield f"{word}: `{command}`"


def _parameters(parameters: tuple[tuple[str, str], ...]) -> Iterator[str]:
    for first, second in parameters:
        yield f"- `{first}`: {second}"


def main() -> int:
    stale = [path for lang, path in PAGES.items() if not path.exists() or path.read_text(encoding="utf-8") != render(lang)]
    if "--check" in sys.argv:
        sys.stderr.write("".join(f"stale: {path.relative_to(ROOT)}\n" for path in stale))
        return 1 if stale else 0
    for lang, path in PAGES.items():
        path.write_text(render(lang), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
