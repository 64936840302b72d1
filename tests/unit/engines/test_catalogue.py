"""The table of engines agrees with the pinned modules, and with what the vendors' addresses look like."""

from __future__ import annotations

import re

import pytest

from engines.catalogue import ENGINES, Engine, choose, engine_of, parse_version
from engines.download import NotServed, addresses
from ops.errors import UsageProblem

BY_NAME = {engine.name: engine for engine in ENGINES}


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.name)
def test_the_catalogue_and_go_mod_name_the_same_version(engine: Engine) -> None:
    text = (engine.module / "go.mod").read_text(encoding="utf-8")
    required = dict(re.findall(r"^require (\S+) (v\S+)$", text, re.MULTILINE))
    for program in engine.programs:
        module = next(module for module in required if program.package.startswith(module))
        assert required[module] == engine.version, program.name


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.name)
def test_every_required_module_has_its_sum(engine: Engine) -> None:
    sums = (engine.module / "go.sum").read_text(encoding="utf-8")
    text = (engine.module / "go.mod").read_text(encoding="utf-8")
    for module, version in re.findall(r"^require (\S+) (v\S+)$", text, re.MULTILINE):
        assert f"{module} {version} h1:" in sums


@pytest.mark.parametrize(
    ("program", "machine", "url", "sums"),
    [
        (
            "kubelet", "aarch64",
            "https://dl.k8s.io/release/{version}/bin/linux/arm64/kubelet", "https://dl.k8s.io/release/{version}/bin/linux/arm64/kubelet.sha256",
        ),
        (
            "pulumi", "x86_64",
            "https://get.pulumi.com/releases/sdk/pulumi-{version}-linux-x64.tar.gz",
            "https://github.com/pulumi/pulumi/releases/download/{version}/pulumi-{number}-checksums.txt",
        ),
    ],
)  # fmt: skip
def test_addresses(program: str, machine: str, url: str, sums: str) -> None:
    engine = engine_of(program)
    names = {"version": engine.version, "number": engine.version.removeprefix("v")}
    assert addresses(engine, program, machine) == (url.format(**names), sums.format(**names))
    with pytest.raises(NotServed, match="is not published for riscv64"):
        addresses(engine, program, "riscv64")


@pytest.mark.parametrize(
    ("said", "version"),
    [
        ("v3.250.0", (3, 250, 0)),
        ("Kubernetes v1.37.2", (1, 37, 2)),
        ("Client Version: v1.37.2\nKustomize Version: v5.8.1", (1, 37, 2)),
        ("1.2", None),
        ("", None),
    ],
)
def test_what_programs_say_of_themselves(said: str, version: tuple[int, int, int] | None) -> None:
    assert parse_version(said) == version


@pytest.mark.parametrize(
    ("engine", "found", "will_do"),
    [
        ("pulumi", (3, 250, 0), True), ("pulumi", (3, 251, 4), True), ("pulumi", (3, 249, 9), False), ("pulumi", (4, 0, 0), False),
        ("kubernetes", (1, 37, 0), True), ("kubernetes", (1, 38, 0), False), ("kubernetes", (1, 36, 9), False),
    ],
)  # fmt: skip
def test_which_versions_on_path_will_do(engine: str, found: tuple[int, int, int], will_do: bool) -> None:
    wanted = parse_version(BY_NAME[engine].version)
    assert wanted is not None
    assert BY_NAME[engine].accepts(found, wanted) is will_do


def test_names_mean_engines_or_programs_and_none_means_all() -> None:
    assert [program.name for program in choose(["kubectl", "kubectl", "pulumi"])] == ["kubectl", "pulumi"]
    assert len(choose(["kubernetes"])) == 5
    assert len(choose([])) == 6
    with pytest.raises(UsageProblem) as unknown:
        choose(["kubernetis"])
    assert unknown.value.hint == "did you mean 'kubernetes'?"
