"""The entry point: finds the command, runs it, and turns every failure into a message and an exit code.

This is the only place that catches everything. Nothing is imported here that `citynode --help` does not need.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import typer
from typer.main import get_group

from cli import complain
from cli.common import flags, forget
from cli.groups import LazyGroup, noun
from ops import language
from ops.brief import collect_rarely
from ops.errors import CitynodeError

LOCALE = Path(__file__).parent / "locale"
COMPLETE = "_CITYNODE_COMPLETE"

HELP = "Runs a city's government cloud and e-government extranet as code."


def run(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave the process with its exit code."""
    collect_rarely()
    sys.exit(main(sys.argv[1:] if arguments is None else arguments))


def main(arguments: Sequence[str]) -> int:
    """Run one command line; the exit code."""
    forget()
    _choose_language(arguments)
    debug = "--debug" in arguments or os.environ.get("CITYNODE_DEBUG", "") in ("1", "true")
    _set_up_logging(debug=debug)
    try:
        code = _invoke(list(arguments))
        _hush(broken=False)
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        _leave_pipe()
        return 0
    except BaseException as problem:  # noqa: BLE001 - the one place where every failure is turned into a message
        _hush(broken=True)
        return complain.about(problem, debug=debug or flags().get("debug") == "true")


def _invoke(arguments: list[str]) -> int:
    command: Any = root()
    if COMPLETE in os.environ:
        from typer._completion_classes import completion_init
        from typer.completion import shell_complete

        completion_init()
        return shell_complete(command, {}, "citynode", COMPLETE, os.environ[COMPLETE])
    try:
        with command.make_context("citynode", arguments) as context:
            command.invoke(context)
    except typer.Exit as end:
        return end.exit_code
    return 0


def root() -> LazyGroup:
    """The whole command tree; nouns are loaded when they are asked for."""
    app = noun("citynode", HELP, cls=LazyGroup)
    return cast("LazyGroup", get_group(app))


def _choose_language(arguments: Sequence[str]) -> None:
    """Before anything is said, help included: `--lang`, else the settings; a broken setting is told later."""
    from ops.settings import load_settings

    given: dict[str, str] = {}
    for at, word in enumerate(arguments):
        if word == "--lang" and at + 1 < len(arguments):
            given["lang"] = arguments[at + 1]
        elif word.startswith("--lang="):
            given["lang"] = word.removeprefix("--lang=")
    try:
        language.use(load_settings(given).lang, LOCALE)
    except (CitynodeError, OSError):
        language.use(language.from_environment(os.environ), LOCALE)


def _set_up_logging(*, debug: bool) -> None:
    if debug:
        import logging

        logging.basicConfig(level=logging.DEBUG, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s")


def _hush(*, broken: bool) -> None:
    """End the live progress, if any was begun."""
    if "cli.talk" in sys.modules:
        sys.modules["cli.talk"].hush(broken=broken)


def _leave_pipe() -> None:
    """Whoever read our output has gone: say nothing more, not even at exit."""
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    run()
