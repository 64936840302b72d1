"""`compiled.sh` in folders of its own: what one checkout compiled, the next one has, and only one that installs the same."""

from __future__ import annotations

import os
import py_compile
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.program import ROOT


class Checkout:
    """A checkout with an installed package."""

    def __init__(self, folder: Path, lock: str = "typer 1") -> None:
        self.folder = folder
        self.installed = folder / ".venv" / "lib" / "package"
        self.installed.mkdir(parents=True)
        shutil.copy(ROOT / "compiled.sh", folder)
        (folder / "uv.lock").write_text(lock)
        (folder / ".venv" / "pyvenv.cfg").write_text("version_info = 3.11.2\n")

    def compile(self, *names: str) -> None:
        for name in names:
            (self.installed / f"{name}.py").write_text("x = 1\n")
            py_compile.compile(str(self.installed / f"{name}.py"))

    def call(self, word: str) -> set[str]:
        """Run the script; the modules that are compiled then."""
        subprocess.run(["sh", self.folder / "compiled.sh", word, self.folder.parent / "cache"], check=True, timeout=30)
        return {path.name.partition(".")[0] for path in self.installed.rglob("*.pyc")}


@pytest.fixture
def first(tmp_path: Path) -> Checkout:
    first = Checkout(tmp_path / "first")
    first.compile("a", "b")
    first.call("keep")
    return first


@pytest.mark.usefixtures("first")
def test_the_next_checkout_has_what_the_first_compiled(tmp_path: Path) -> None:
    assert Checkout(tmp_path / "next").call("take") == {"a", "b"}
    assert Checkout(tmp_path / "other", "typer 2").call("take") == set()


def test_what_was_compiled_since_is_kept_too_and_nothing_goes(first: Checkout, tmp_path: Path) -> None:
    less = Checkout(tmp_path / "less")
    less.compile("a")
    less.call("keep")
    first.compile("c")
    first.call("keep")
    assert Checkout(tmp_path / "next").call("take") == {"a", "b", "c"}


@pytest.mark.usefixtures("first")
def test_what_had_to_be_compiled_anew_takes_the_old_one_s_place(tmp_path: Path) -> None:
    """Installed again, a file may have another time."""
    second = Checkout(tmp_path / "second")
    second.call("take")
    (old,) = second.installed.rglob("a.*.pyc")
    before = old.read_bytes()
    (second.installed / "a.py").write_text("x = 1\n")
    os.utime(second.installed / "a.py", (1, 1))
    py_compile.compile(str(second.installed / "a.py"))
    second.call("keep")
    third = Checkout(tmp_path / "third")
    third.call("take")
    (new,) = third.installed.rglob("a.*.pyc")
    assert new.read_bytes() not in (b"", before)


@pytest.mark.usefixtures("first")
def test_it_is_taken_once_for_an_environment(tmp_path: Path) -> None:
    late = Checkout(tmp_path / "late")
    assert late.call("take") == {"a", "b"}
    shutil.rmtree(late.installed)
    late.installed.mkdir()
    assert late.call("take") == set()
