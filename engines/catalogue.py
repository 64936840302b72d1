"""Which engines citynode stands on: their versions, their programs, and where their vendors publish them.

One table. A new version is a change here and in the engine's `go.mod`; a test holds the two together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from ops.suggest import unknown

Version = tuple[int, int, int]
MODULES = Path(__file__).parent / "go"


@dataclass(frozen=True, slots=True)
class Program:
    """One executable of an engine, and how it is asked for its version."""

    name: str
    package: str
    ask: tuple[str, ...] = ("--version",)


@dataclass(frozen=True, slots=True)
class Release:
    """Where the vendor publishes a file and its SHA-256; `{version}` and `{program}` are filled in."""

    url: str
    sums: str
    is_archive: bool = False


@dataclass(frozen=True, slots=True)
class Engine:
    """A set of programs of one version that are found, fetched or built together."""

    name: str
    version: str
    programs: tuple[Program, ...]
    version_variable: str
    release: Release
    accepts: Callable[[Version, Version], bool] = field(repr=False)
    """Whether a program of the first version, found on PATH, may stand in for the second."""

    @property
    def folder_name(self) -> str:
        return f"{self.name}-{self.version}"

    @property
    def module(self) -> Path:
        """The folder with the pinned `go.mod` and `go.sum`."""
        return MODULES / self.name

    @property
    def linker_flags(self) -> str:
        return f"-s -w -X {self.version_variable}={self.version}"


def parse_version(text: str) -> Version | None:
    """The first version in what a program says of itself; None where it says none."""
    found = re.search(r"v?(\d+)\.(\d+)\.(\d+)", text)
    return (int(found[1]), int(found[2]), int(found[3])) if found else None


def _same_minor(found: Version, wanted: Version) -> bool:
    return found[:2] == wanted[:2]


def _same_major_not_older(found: Version, wanted: Version) -> bool:
    return found[0] == wanted[0] and found >= wanted


_KUBERNETES = ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "kubectl")

ENGINES: tuple[Engine, ...] = (
    Engine(
        "pulumi",
        "v3.250.0",
        (Program("pulumi", "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi", ("version",)),),
        "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version",
        Release(
            "https://get.pulumi.com/releases/sdk/pulumi-{version}-linux-{machine_x}.tar.gz",
            "https://github.com/pulumi/pulumi/releases/download/{version}/pulumi-{number}-checksums.txt",
            is_archive=True,
        ),
        _same_major_not_older,
    ),
    Engine(
        "kubernetes",
        "v1.37.2",
        tuple(
            Program(name, f"k8s.io/kubernetes/cmd/{name}", ("version", "--client") if name == "kubectl" else ("--version",))
            for name in _KUBERNETES
        ),
        "k8s.io/component-base/version.gitVersion",
        Release(
            "https://dl.k8s.io/release/{version}/bin/linux/{machine}/{program}",
            "https://dl.k8s.io/release/{version}/bin/linux/{machine}/{program}.sha256",
        ),
        _same_minor,
    ),
)


def engine_of(program: str) -> Engine:
    """The engine that a program belongs to."""
    for engine in ENGINES:
        if any(program == own.name for own in engine.programs):
            return engine
    raise unknown("program among the engines", program, (own.name for engine in ENGINES for own in engine.programs))


def choose(names: Iterable[str]) -> tuple[Program, ...]:
    """The programs that names of engines or programs mean; all of them for no names."""
    wanted = tuple(names) or tuple(engine.name for engine in ENGINES)
    by_engine = {engine.name: engine.programs for engine in ENGINES}
    by_program = {own.name: (own,) for engine in ENGINES for own in engine.programs}
    chosen: dict[str, Program] = {}
    for name in wanted:
        found = by_engine.get(name) or by_program.get(name)
        if found is None:
            raise unknown("engine", name, [*by_engine, *by_program])
        chosen.update({own.name: own for own in found})
    return tuple(chosen.values())
