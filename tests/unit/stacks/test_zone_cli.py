"""`citynode zone …` through the real entry point, on a city of one's own and without a cluster."""

from __future__ import annotations

import json
import os
import pty
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Protocol

import pytest

from city.load import find_city, load_city
from cli.main import main
from tests.program import PROGRAM, ROOT


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of cities/tiny, and a state folder in which no lab stands."""
    for name in ("CITYNODE_ACCESS", "CITYNODE_LAB", "CITYNODE_CITY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CITYNODE_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("CITYNODE_CACHE", str(tmp_path / "cache"))
    copy = tmp_path / "tiny"
    shutil.copytree(find_city("tiny"), copy)
    return copy


class Run(Protocol):
    """A command run to its end: its exit code, what it wrote, what it said."""

    def __call__(self, *words: str, city: str = "") -> tuple[int, str, str]: ...


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], folder: Path) -> Run:
    def call(*words: str, city: str = "") -> tuple[int, str, str]:
        code = main([*words, "--city", city or str(folder)])
        out = capsys.readouterr()
        return code, out.out, out.err

    return call


REQUEST = ("zone", "request", "citizen-hotline", "--department", "archives", "--title", "市民热线")


def test_a_request_is_shown_first_and_written_when_somebody_says_so(run: Run, folder: Path) -> None:
    code, out, _err = run(*REQUEST, "--dry-run", "-o", "json")
    shown = json.loads(out)
    assert (code, shown["written"], shown["file"]) == (0, False, "tiny/systems/citizen-hotline.yaml")
    assert shown["objects"]["dc1"][0] == "Namespace citizen-hotline"
    assert not (folder / "systems").exists()

    code, _out, err = run(*REQUEST)
    assert (code, "add --yes" in err) == (2, True)
    assert "-- tiny/systems/citizen-hotline.yaml:\n--- /dev/null\n+++ tiny/systems/citizen-hotline.yaml\n@@" in err
    assert not (folder / "systems").exists()

    code, out, err = run(*REQUEST, "--yes", "-o", "json")
    assert (code, json.loads(out)["written"]) == (0, True)
    assert f"citynode stack preview --zone citizen-hotline --city {folder}\n" in err
    assert "citizen-hotline" in load_city(str(folder)).system_by_name
    assert run(*REQUEST, "--yes")[0] == 2


def test_a_request_as_a_page_for_a_merge_request(run: Run) -> None:
    code, out, _err = run(*REQUEST, "--dry-run", "-o", "markdown")
    assert code == 0
    assert out.startswith("## New zone: citizen-hotline\n")
    assert "| cpu | 1125m / 4 | 1625m / 4 |" in out
    assert "+department: archives" in out


def test_nobody_to_ask_is_told_what_is_missing(run: Run) -> None:
    code, out, err = run("zone", "request", "citizen-hotline")
    assert (code, out) == (2, "")
    assert "the request lacks --department, --title" in err


def test_a_quota_is_changed_within_the_pool_and_refused_over_it(run: Run, folder: Path) -> None:
    code, out, _err = run("zone", "quota", "archive", "--cpu", "1", "--memory", "1Gi", "--yes", "-o", "json")
    data = json.loads(out)
    assert (code, data["quota"]["cpu_millis"], data["quota"]["memory_mib"]) == (0, 1000, 1024)
    assert data["department_pool"]["reserved"]["cpu_millis"] == 2250
    code, _out, err = run("zone", "quota", "archive", "--cpu", "9", "--yes")
    assert code == 5
    assert "more is asked for than the pool of archives holds" in err
    assert "cpu 20250m of 4000m, in all centres' zones together: dc1 9000 + dc2 9000 + dc3 2250" in err
    assert load_city(str(folder)).system_by_name["archive"].quota.cpu_millis == 1000


@pytest.mark.parametrize(
    ("words", "what", "hint"),
    [
        (("--cpu", "1"), "amounts change the quota of one system", "citynode zone quota NAME --cpu 1"),
        (("--cpu", "1", "--department", "archives"), "amounts change the quota of one system", "citynode zone quota NAME --cpu 1"),
        (("archive", "--department", "finance"), "not of both", "leave out NAME or --department"),
        (("archive", "--cpu", "1", "-d", "archives"), "not of both", "leave out NAME or --department"),
    ],
)
def test_a_quota_leaves_nothing_out_of_account(run: Run, words: tuple[str, ...], what: str, hint: str) -> None:
    code, out, err = run("zone", "quota", *words, "--yes")
    assert (code, out) == (2, "")
    assert what in err
    assert f"try: {hint}" in err


def test_a_zone_is_frozen_and_thawed(run: Run, folder: Path) -> None:
    assert run("zone", "freeze", "archive", "--yes")[0] == 0
    assert load_city(str(folder)).system_by_name["archive"].frozen
    assert "frozen" in run("zone", "list")[1]
    assert run("zone", "freeze", "archive", "--off", "--yes")[0] == 0
    assert not load_city(str(folder)).system_by_name["archive"].frozen
    assert json.loads(run("zone", "freeze", "archive", "--off", "-o", "json")[1])["written"] is False
    code, _out, err = run("zone", "freeze", "archiv", "--yes")
    assert (code, "did you mean 'archive'?" in err) == (2, True)


def test_a_shipped_city_is_shown_but_not_edited(run: Run) -> None:
    assert run("zone", "quota", "archive", "--cpu", "1", "--dry-run", city="tiny")[0] == 0
    code, _out, err = run("zone", "quota", "archive", "--cpu", "1", "--yes", city="tiny")
    assert code == 2
    assert "citynode city new my-city" in err


def test_zones_are_listed_and_shown_whole(run: Run) -> None:
    listed = json.loads(run("zone", "list", "-o", "json")[1])
    assert [each["name"] for each in listed] == ["archive", "benefits", "service-portal"]
    assert json.loads(run("zone", "list", "--department", "finance", "-o", "json")[1]) == []
    shown = json.loads(run("zone", "show", "archive", "-o", "json")[1])
    assert [each["role"] for each in shown["zones"]] == ["service", "standby", "data"]
    assert shown["objects"]["dc3"][0]["metadata"]["labels"]["citynode.city/role"] == "data"
    assert json.loads(run("zone", "quota", "--department", "archives", "-o", "json")[1])["reserved"]["storage_gib"] == 30


@pytest.mark.parametrize("report", ["", "quota", "unused", "expiring", "backup"])
def test_every_report_has_every_form(run: Run, report: str) -> None:
    words = ("zone", "review", *filter(None, (report,)), "--within", "3650")
    for form in ("table", "markdown"):
        code, out, _err = run(*words, "-o", form)
        assert (code, len(out.splitlines()) > 1) == (0, True)
    data = json.loads(run(*words, "-o", "json")[1])
    assert set(data) == ({report, "unread"} if report else {"quota", "unused", "expiring", "backup", "unread"})
    assert data.get("unused") is None


def test_a_wrong_report_gets_the_nearest(run: Run) -> None:
    code, _out, err = run("zone", "review", "expring")
    assert (code, "did you mean 'expiring'?" in err) == (2, True)


def test_a_person_is_asked_for_what_is_missing_and_again_for_what_is_wrong(folder: Path) -> None:
    """On a terminal of its own: the question is read before it is answered, as a person would."""
    dialogue = (
        ("Name of the system", "citizen-hotline"),
        ("in Chinese", "市民热线"),
        ("Department", "archivs"),
        ("did you mean 'archives'?", "archives"),
        ("Plane", ""),
        ("DR tier", "data"),
        ("MLPS", ""),
        ("Processors", ""),
        ("Memory", "1Gi"),
        ("Storage", ""),
        ("Pods", ""),
        ("y/N", "y"),
    )
    ours, theirs = pty.openpty()
    words = [*PROGRAM, "zone", "request", "--city", str(folder), "--lang", "en"]
    with subprocess.Popen(words, cwd=ROOT, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True) as person:
        os.close(theirs)
        told = ""
        for question, answer in dialogue:
            while question not in told:
                told += os.read(ours, 4096).decode("utf-8", "replace")
            told = told.partition(question)[2]
            os.write(ours, f"{answer}\n".encode())
        with suppress(OSError):  # a terminal whose program has ended can't be read
            while os.read(ours, 4096):
                pass
    os.close(ours)
    assert person.returncode == 0
    asked = load_city(str(folder)).system_by_name["citizen-hotline"]
    assert (asked.department, asked.tier, asked.quota.memory_mib) == ("archives", "data", 1024)
