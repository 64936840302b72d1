"""Where a program comes from: PATH, the cache, its vendor, a build; and that nothing untrusted is ever run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from threading import Thread

import pytest

from engines import build as building
from engines.catalogue import Engine
from engines.download import NotServed, WrongSum, published_sum
from engines.errors import BuildFailed, NoGo
from engines.resolve import ensure, find, status
from engines.store import Store
from ops.errors import UsageProblem
from ops.progress import Silent
from tests.told import Told

from .conftest import TOY, Vendor, executable


def publish(vendor: Vendor, *names: str) -> None:
    for name in names:
        vendor.publish(f"/v1.2.3/{name}", TOY.format(patch=3).encode())


def says(path: Path | None) -> str:
    assert path is not None
    return subprocess.run([path, "--version"], capture_output=True, text=True, check=True).stdout.strip()


def test_a_program_on_path_in_a_version_that_will_do_comes_first(toy: Engine, vendor: Vendor, tmp_path: Path) -> None:
    publish(vendor, "toy")
    ours = executable(tmp_path / "bin" / "toy", TOY.format(patch=9))
    assert (ensure(["toy"], Silent()), vendor.asked) == ({"toy": ours}, [])
    assert [(each.program, each.origin) for each in status()] == [("toy", "path"), ("toyctl", "missing")]


@pytest.mark.parametrize("text", ["#!/bin/sh\necho toy v1.3.0\n", "#!/bin/sh\necho no number\n", "#!/bin/sh\nexit 1\n"])
def test_another_version_on_path_is_left_alone(toy: Engine, vendor: Vendor, tmp_path: Path, text: str) -> None:
    publish(vendor, "toy")
    theirs = executable(tmp_path / "bin" / "toy", text)
    found = ensure(["toy"], Silent())["toy"]
    assert found != theirs
    assert (says(found), theirs.read_text(encoding="utf-8")) == ("toy v1.2.3", text)


def test_a_download_is_fetched_once_verified_and_kept(toy: Engine, vendor: Vendor, tmp_path: Path) -> None:
    publish(vendor, "toy", "toyctl")
    first = ensure(["toy"], Silent())
    assert first == {"toy": tmp_path / "cache" / "engines" / "toys-v1.2.3" / "toy"}
    assert ensure(["toy"], Silent()) == first
    assert vendor.asked == ["/v1.2.3/toy.sha256", "/v1.2.3/toy"]
    assert [(each.program, each.origin) for each in status()] == [("toy", "cache"), ("toyctl", "missing")]


def test_a_file_that_is_not_what_the_vendor_published_is_refused_and_not_replaced_by_a_build(toy: Engine, vendor: Vendor, go: Path) -> None:
    vendor.publish("/v1.2.3/toy", b"#!/bin/sh\nrm -rf everything\n", sum_of=b"the real one")
    with pytest.raises(WrongSum) as refused:
        ensure(["toy"], Silent())
    assert refused.value.what == "the download of toy is not what its vendor published"
    assert "don't trust the network between here and 127.0.0.1" in refused.value.hint
    assert (find("toy"), go.read_text(encoding="utf-8")) == (None, "")
    assert [path for path in (Store(toy).base).rglob("*") if path.is_file() and not path.name.endswith(".lock")] == []


@pytest.mark.parametrize("how", ["nowhere", "without a sum", "cut short", "away from https"])
def test_what_is_not_served_whole_is_built_from_the_pinned_module(toy: Engine, vendor: Vendor, go: Path, how: str) -> None:
    if how != "nowhere":
        publish(vendor, "toy")
    if how == "without a sum":
        vendor.files["/v1.2.3/toy.sha256"] = b"<html>moved</html>"
    if how == "cut short":
        vendor.cut["/v1.2.3/toy"] = 10
    if how == "away from https":
        vendor.leads["/v1.2.3/toy"] = vendor.url.replace("https", "http") + "/v1.2.3/toy"
    told = Told()
    found = ensure(["toy"], told)["toy"]
    assert says(found) == "toy v1.2.3 built"
    assert go.read_text(encoding="utf-8").split() == ["version", "list", "build"]
    assert len(told.notes) == 1
    assert "building it from its Go module, which takes 5 to 10 minutes once" in told.notes[0]


def test_a_build_can_be_asked_for_and_makes_only_what_is_missing(
    toy: Engine, vendor: Vendor, go: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(vendor, "toy", "toyctl")
    ensure(["toy"], Silent())
    monkeypatch.setenv("CITYNODE_ENGINES", "build")
    paths = ensure(["toy", "toyctl"], Silent())
    assert {name: says(path) for name, path in paths.items()} == {"toy": "toy v1.2.3", "toyctl": "toyctl v1.2.3 built"}
    assert len(vendor.asked) == 2


def test_a_compiler_that_fails_says_its_last_words_and_what_to_do(
    toy: Engine, vendor: Vendor, go: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GO_FAILS", "toy.go:7:2: undefined: Toy")
    with pytest.raises(BuildFailed) as failed:
        ensure(["toy"], Silent())
    assert str(failed.value) == "toys v1.2.3 could not be built: toy.go:7:2: undefined: Toy"
    assert failed.value.hint == "run `citynode engines fetch` again: it goes on where it stopped"
    assert find("toy") is None


def test_a_full_disk_is_told_as_such(toy: Engine, vendor: Vendor, go: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GO_FAILS", "write /tmp/x: no space left on device")
    with pytest.raises(building.EngineFailed) as failed:
        ensure(["toy"], Silent())
    assert failed.value.what == f"the disk of {Store(toy).base} is full"


def test_no_go_or_an_old_one_says_what_to_install(toy: Engine, vendor: Vendor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(building, "WHERE_GO_HIDES", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    with pytest.raises(NoGo) as missing:
        ensure(["toy"], Silent())
    assert "install Go 1.26 from go.dev/dl" in missing.value.hint
    executable(tmp_path / "bin" / "go", "#!/bin/sh\necho go version go1.19 linux/amd64\n")
    with pytest.raises(NoGo) as old:
        ensure(["toy"], Silent())
    assert str(old.value) == "this Go is too old to build an engine: go version go1.19 linux/amd64"


def test_two_that_want_the_same_make_it_once(toy: Engine, vendor: Vendor, go: Path) -> None:
    """The second waits for the first and takes what it made."""
    found: list[dict[str, Path]] = []
    threads = [Thread(target=lambda: found.append(ensure(["toy"], Silent()))) for _number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(found) == 2
    assert found[0] == found[1]
    assert go.read_text(encoding="utf-8").split().count("build") == 1


def test_an_unknown_program_is_named_with_the_nearest(toy: Engine) -> None:
    with pytest.raises(UsageProblem) as unknown:
        find("toyctk")
    assert unknown.value.hint == "did you mean 'toyctl'?"


def test_the_background_process_ends_with_the_errors_exit_code(toy: Engine, vendor: Vendor, capsys: pytest.CaptureFixture[str]) -> None:
    from engines.background import main

    vendor.publish("/v1.2.3/toy", b"x", sum_of=b"y")
    assert main(["toy"]) == 1
    assert "is not what its vendor published" in capsys.readouterr().err
    publish(vendor, "toy")
    assert main(["toy"]) == 0


SUM = "a" * 64


@pytest.mark.parametrize("sums", [SUM, f"{SUM}  toy\n", f"{'b' * 64}  toyctl\n{SUM} *toy\n", f"{SUM.upper()}  toy"])
def test_a_published_sum_is_bare_or_in_a_list(sums: str) -> None:
    assert published_sum(sums, "toy") == SUM


@pytest.mark.parametrize("sums", ["", "404 not found", f"{SUM[:-1]}  toy", f"{SUM}  other"])
def test_no_published_sum_is_no_trust(sums: str) -> None:
    with pytest.raises(NotServed, match="no published SHA-256 of toy"):
        published_sum(sums, "toy")


def test_the_python_of_the_background_process_is_ours() -> None:
    """The log of a real one: it is started as a module of this checkout and ends by itself."""
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-m", "engines.background", "no-such-program"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ,
    )
    assert (done.returncode, "no-such-program" in done.stderr) == (2, True)
