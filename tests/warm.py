"""Commands in processes that have their modules imported already.

A test on the lab runs a dozen commands, and importing the same modules for each took half of its processor time. So one process
imports them once, and each command is forked from it: a process of its own all the same, with its own environment and streams,
that ends, or is killed, as it would be from a shell.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TextIO


def run(
    command: Callable[..., int], words: Sequence[str], folder: Path, environment: Mapping[str, str], timeout: float, modules: Sequence[str]
) -> tuple[int, str, str]:
    """Run a command's function to its end: how it ended (minus the signal that killed it), what it said on stdout and on stderr.

    The first run of a test process says for all which modules are imported beforehand; the command's own is one of them.
    """
    server = multiprocessing.get_context("forkserver")
    server.set_forkserver_preload([*modules, __name__, command.__module__])
    with TemporaryDirectory() as place:
        out, err = Path(place) / "out", Path(place) / "err"
        process = server.Process(target=_become, args=(command, tuple(words), str(folder), dict(environment), str(out), str(err)))
        process.start()
        process.join(timeout)
        code = process.exitcode
        if code is None:
            process.kill()
            process.join()
        said, told = (path.read_text(encoding="utf-8") if path.exists() else "" for path in (out, err))
        process.close()
    assert code is not None, f"{' '.join(words)}: not done after {timeout:g} s\n{said[-1000:]}\n{told[-3000:]}"
    return code, said, told


def _become(command: Callable[..., int], words: tuple[str, ...], folder: str, environment: dict[str, str], out: str, err: str) -> None:
    """In the child: be the command, to the very end of its process."""
    gc.freeze()  # what was imported beforehand stays: nobody need look through it for garbage
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.stdout, sys.stderr = _stream(1, out), _stream(2, err)
    code = command(*words)
    threading._shutdown()  # type: ignore[attr-defined]  # waits for its threads, as the interpreter does at its end
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _stream(number: int, path: str) -> TextIO:
    """The standard stream of that number, into the file."""
    made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(made, number)
    os.close(made)
    return os.fdopen(number, "w", encoding="utf-8", closefd=False)
