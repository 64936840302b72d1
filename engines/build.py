"""A build from the engine's pinned Go module, for machines that reach package registries but no vendor.

Versions and sums are those of the committed `go.mod` and `go.sum` (`-mod=readonly`). Go keeps what it compiled, so a build
that was interrupted goes on where it stopped.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

from engines.catalogue import Engine, Program, parse_version
from engines.errors import BuildFailed, EngineFailed, NoGo
from engines.store import no_space
from ops.language import _
from ops.process import Command

OLDEST_GO: Final = (1, 21, 0)
"""The first Go that fetches the newer toolchain which a module asks for."""
WHERE_GO_HIDES: Final = f"/usr/local/go/bin:/usr/lib/go/bin:{sys.prefix}/bin"
"""Beside PATH: Go's own installer, Debian's, and our environment, where `prepare.sh` puts one on a machine without."""
QUICK: Final = ("-gcflags=all=-dwarf=false -l", "-gcflags=std=-dwarf=false")
"""A quarter less to compile: nothing for debuggers (the linker drops it anyway), and no inlining but in Go's own library, where it pays
most; of two patterns that match, the last counts (`go help build`)."""

ROOMY: Final = {"GOGC": "400", "GOMEMLIMIT": "1GiB"}
"""A fifth less to compile: Go's compiler looks for garbage less often, up to this much memory. What the user set counts."""

Tell = Callable[[str, int, int], None]
"""Told what is done, how many packages so far, and of how many at most."""


def find_go() -> str:
    """The `go` command; an error that says what to install where there is none that will do."""
    hint = _("install Go 1.26 from go.dev/dl; or apt install -t bookworm-backports golang-go (Debian 12's own golang, 1.19, is too old)")
    go = shutil.which("go") or shutil.which("go", path=WHERE_GO_HIDES)
    if go is None:
        raise NoGo(_("building an engine needs Go, and there is none"), hint=hint)
    said = Command((go, "version"), timeout=20, error=NoGo, env={"GOTOOLCHAIN": "local"}).run().stdout
    version = parse_version(re.sub(r"go(\d+\.\d+)(\s|rc|beta)", r"go\1.0 ", said))
    if version is None or version < OLDEST_GO:
        raise NoGo(_("this Go is too old to build an engine"), why=said.strip(), hint=hint)
    return go


def build(engine: Engine, programs: Iterable[Program], into: Path, tell: Tell) -> dict[str, Path]:
    """Compile the programs into a folder."""
    go, wanted = find_go(), tuple(programs)
    packages = [program.package for program in wanted]
    tell("modules", 0, 0)
    total = _count(go, engine, packages)
    argv = [go, "build", "-mod=readonly", "-v", "-o", f"{into}/", *QUICK, "-ldflags", engine.linker_flags, *packages]
    tail = _compile(argv, engine.module, lambda done: tell("compiling", done, total))
    if tail:
        raise _failure(engine, tail, into)
    return {program.name: into / program.name for program in wanted}


def _count(go: str, engine: Engine, packages: list[str]) -> int:
    """How many packages the programs are made of; this also downloads the modules."""
    command = Command(
        (go, "list", "-mod=readonly", "-deps", *packages),
        cwd=engine.module,
        timeout=1200,
        error=BuildFailed,
        env={"GOFLAGS": _flags()},
        hint=_("the Go module proxy must be reachable (GOPROXY); try again: what was downloaded is kept"),
    )
    return len(command.run().stdout.splitlines())


def _compile(argv: list[str], folder: Path, tell: Callable[[int], None]) -> list[str]:
    """Run the compiler, telling the packages as they pass; the last lines that it said if it failed, else nothing."""
    done, last, other = 0, 0.0, []
    compiler = subprocess.Popen(
        argv,
        cwd=folder,
        env={**ROOMY, **os.environ, "GOFLAGS": _flags()},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=_step_back,  # noqa: PLW1509 - nice(2) alone
    )
    try:
        for line in compiler.stderr or ():
            if re.fullmatch(r"[\w./~+-]+", line.strip()):
                done += 1
            elif not line.startswith(("go: downloading", "#")):
                other.append(line.strip())
            if time.monotonic() - last > 0.5:
                last = time.monotonic()
                tell(done)
        return (other[-6:] or ["no message"]) if compiler.wait() else []
    finally:
        if compiler.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(compiler.pid, signal.SIGTERM)
            compiler.wait()
        if compiler.stderr:
            compiler.stderr.close()


def _step_back() -> None:
    """Leave the processor to what the user does meanwhile, and end with the one who asked."""
    os.nice(5)
    import ctypes

    ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


def _flags() -> str:
    """The user's own GOFLAGS without what would contradict ours."""
    kept = [flag for flag in os.environ.get("GOFLAGS", "").split() if not flag.startswith("-mod")]
    return " ".join(kept if any(flag.startswith("-buildvcs") for flag in kept) else [*kept, "-buildvcs=false"])


def _failure(engine: Engine, tail: list[str], into: Path) -> EngineFailed:
    text = " / ".join(tail)
    if "no space left" in text.lower():
        return no_space(into.parent)
    return BuildFailed(
        _("{name} {version} could not be built").format(name=engine.name, version=engine.version),
        why=text,
        hint=_("run `citynode engines fetch` again: it goes on where it stopped"),
    )
