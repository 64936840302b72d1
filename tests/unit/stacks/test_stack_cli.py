"""What `citynode stack` reads before it speaks, and whom its page tells what to do; the engine is a preview with one change."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from city.load import find_city
from cli.main import main
from stacks.engine.change import Action, CentreRun, Change
from stacks.engine.scope import EVERYTHING

RUNS = (CentreRun("dc1", (Change(Action.CREATE, "NetworkPolicy", "default-deny", "archive"),), 40, 1.0),)


@pytest.fixture
def reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """A production city of one's own; whether the clusters were read, preview by preview."""
    for name in ("CITYNODE_ACCESS", "CITYNODE_LAB"):
        monkeypatch.delenv(name, raising=False)
    shutil.copytree(find_city("tiny"), tmp_path / "tiny")
    with (tmp_path / "tiny" / "city.yaml").open("a", encoding="utf-8") as settings:
        settings.write("\nproduction: true\n")
    monkeypatch.setenv("CITYNODE_CITY", str(tmp_path / "tiny"))
    monkeypatch.setenv("CITYNODE_STATE", str(tmp_path / "state"))
    seen: list[bool] = []

    def preview(_fleet: object, *, refresh: bool = False) -> tuple[CentreRun, ...]:
        seen.append(refresh)
        return RUNS

    fleet = SimpleNamespace(members=(SimpleNamespace(site=SimpleNamespace(name="dc1")),), scope=EVERYTHING)
    monkeypatch.setattr("cli.stack._fleet", lambda *_words, **_more: fleet)
    monkeypatch.setattr("stacks.apply.preview", preview)
    return seen


@pytest.mark.parametrize(
    ("words", "reads_clusters"),
    [
        (("preview",), False),
        (("preview", "--refresh"), True),
        (("preview", "--ask"), True),
        (("up", "--dry-run"), True),
        (("up",), True),  # what is listed above the question
        (("up", "--yes"), True),  # production
    ],
)
def test_what_somebody_says_yes_to_was_read_from_the_clusters(reads: list[bool], words: tuple[str, ...], *, reads_clusters: bool) -> None:
    main(["stack", *words, "--author", "ops"])
    assert reads == [reads_clusters]


def test_a_page_says_approve_only_of_a_plan_that_waits(reads: list[bool], capsys: pytest.CaptureFixture[str]) -> None:
    def page(*words: str) -> str:
        assert main(["stack", "preview", *words, "-o", "markdown", "--author", "ops", "--lang", "en"]) == 7
        return capsys.readouterr().out

    plain = page()
    asked = re.search(r"`citynode (approve accept [0-9a-f]{12})`", page("--ask"))
    assert "approve" not in plain
    assert asked is not None
    assert f"Plan `{asked[1].split()[-1]}`" in plain
    assert main([*asked[1].split(), "--author", "owner", "--yes"]) == 0
    assert reads == [False, True]
