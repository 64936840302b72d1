"""Where a program of an engine is: on PATH, in the cache, at its vendor, or still to be built.

    >>> paths = ensure(["pulumi"], progress)
    >>> paths["pulumi"]
    PosixPath('…/citynode/engines/pulumi-v3.250.0/pulumi')

`find` looks and changes nothing. `ensure` gets what is missing: the vendor's download first, then a build from the pinned
Go module; a second process that wants the same waits for the first. It never installs anything outside the cache.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from engines.build import Tell, build
from engines.catalogue import ENGINES, Engine, Program, engine_of, parse_version
from engines.download import NotServed, download
from engines.store import Store
from ops.errors import CitynodeError
from ops.language import _
from ops.process import Command
from ops.progress import Progress

Origin = Literal["path", "cache", "missing"]


@dataclass(frozen=True, slots=True)
class Found:
    """One program: where it is, if it is."""

    program: str
    engine: str
    version: str
    origin: Origin
    path: Path | None
    making: str = ""
    """What is being done to get it right now."""


def find(program: str) -> Path | None:
    """The program on PATH in a version that will do, else in the cache, else nothing."""
    return _look(engine_of(program), program).path


def status() -> tuple[Found, ...]:
    """Every program of every engine."""
    return tuple(_look(engine, own.name) for engine in ENGINES for own in engine.programs)


def ensure(programs: Iterable[str], progress: Progress) -> dict[str, Path]:
    """The paths of the programs, after getting what is missing."""
    names = tuple(programs)
    for engine in ENGINES:
        wanted = tuple(own for own in engine.programs if own.name in names)
        if any(find(own.name) is None for own in wanted):
            _get(engine, wanted, progress)
    paths = {name: find(name) for name in names}
    return {name: path for name, path in paths.items() if path is not None}


def _look(engine: Engine, program: str) -> Found:
    own = next(each for each in engine.programs if each.name == program)
    on_path = shutil.which(program)
    if on_path and _suits(engine, own, on_path, Path(on_path).stat().st_mtime_ns):
        return Found(program, engine.name, engine.version, "path", Path(on_path))
    store = Store(engine)
    cached = store.get(program)
    making = None if cached else store.making()
    return Found(program, engine.name, engine.version, "cache" if cached else "missing", cached, making.doing if making else "")


@cache
def _suits(engine: Engine, program: Program, path: str, _changed: int) -> bool:
    """Whether the program at the path has a version that may stand in for ours."""
    wanted = parse_version(engine.version)
    try:
        said = Command((path, *program.ask), timeout=10, env={"PULUMI_SKIP_UPDATE_CHECK": "true"}).run().stdout
    except CitynodeError:
        return False
    found = parse_version(said)
    return found is not None and wanted is not None and engine.accepts(found, wanted)


def _get(engine: Engine, wanted: tuple[Program, ...], progress: Progress) -> None:
    """Fetch or build what is missing of an engine, alone."""
    store, began = Store(engine), time.time()

    def tell(what: str, done: int, total: int) -> None:
        minutes, seconds = divmod(int(time.time() - began), 60)
        count = f", {done} of at most {total} packages" if total else ""
        text = f"{engine.name} {engine.version}: {what}, {minutes}:{seconds:02d}{count}"
        store.tell(text, began)
        progress.step(text, done=done, total=total)

    with store.alone(progress):
        missing = tuple(own for own in wanted if find(own.name) is None)
        if not missing:
            return
        with store.workplace() as place:
            for name, made in _make(engine, missing, place, progress, tell).items():
                store.put(name, made)


def _make(engine: Engine, missing: tuple[Program, ...], place: Path, progress: Progress, tell: Tell) -> dict[str, Path]:
    """The vendor's files where they are served, else a build."""
    if os.environ.get("CITYNODE_ENGINES") != "build":
        tell("download", 0, 0)
        try:
            return download(engine, missing, place, progress)
        except NotServed as refused:
            progress.note(
                _("{name} {version}: {refused}; building it from its Go module, which takes 5 to 10 minutes once").format(
                    name=engine.name, version=engine.version, refused=refused
                )
            )
    return build(engine, missing, place, tell)
