"""What `city check` says of good cities and of bad ones, word for word.

`make goldens` writes the expected texts anew.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from city.check import RULES, check_folder
from city.load import examine, load_city
from cli.catalogue import PO
from ops import language
from ops.errors import UsageProblem
from tests.goldens import agrees

CASES = Path(__file__).parents[2] / "cases" / "city"
BAD = sorted(folder.name for folder in (CASES / "bad").iterdir() if folder.is_dir())
CHINESE = re.compile(r"[\u4e00-\u9fff]")
ENGLISH = re.compile(r"\b(of|the|is|router or site|number|loopback|must|known)\b|”的[a-z]|^[a-z]+路由器")


@pytest.mark.parametrize("name", ["tiny", "shanwei"])
def test_shipped_city_is_good(name: str) -> None:
    verdict = check_folder(name)
    assert verdict.ok
    agrees(CASES / "good" / f"{name}.json", json.dumps(verdict.as_data(), ensure_ascii=False, indent=1) + "\n")


@pytest.mark.parametrize("case", BAD)
def test_bad_city_is_told_everything_at_once(case: str, edited: Callable[[Path], Path]) -> None:
    verdict = check_folder(str(edited(CASES / "bad" / case)))
    assert not verdict.ok
    agrees(CASES / "bad" / case / "expected.txt", "".join(f"{finding}\n" for finding in verdict.findings if finding.is_error))


def test_bad_cities_are_told_in_chinese(edited: Callable[[Path], Path], tmp_path: Path) -> None:
    """No message and no advice stays English, and no kind of thing within one; what YAML itself says does."""
    language.use("zh", PO.parents[2])
    try:
        for case in BAD:
            for finding in check_folder(str(edited(CASES / "bad" / case))).findings:
                assert CHINESE.search(finding.message), f"{case}: {finding}"
                assert not finding.hint or CHINESE.search(finding.hint), f"{case}: {finding}"
                assert case == "broken-yaml" or not ENGLISH.search(finding.message), f"{case}: {finding}"
            shutil.rmtree(tmp_path / "tiny")
    finally:
        language.use("en", PO.parents[2])


def test_loader_refuses_what_does_not_resolve(edited: Callable[[Path], Path]) -> None:
    """Every problem is in the one error, each with its own line."""
    folder = edited(CASES / "bad" / "unknown-references")
    with pytest.raises(UsageProblem) as refused:
        load_city(str(folder))
    expected = (CASES / "bad" / "unknown-references" / "expected.txt").read_text(encoding="utf-8").splitlines()
    assert refused.value.why.split("\n  ")[1:] == expected
    assert refused.value.what == f"the city in tiny has {len(expected)} problems"


def test_every_rule_is_broken_by_some_case(edited: Callable[[Path], Path], tmp_path: Path) -> None:
    """A rule that no bad case trips is a rule that nobody has seen work."""
    tripped = set()
    for case in BAD:
        folder = edited(CASES / "bad" / case)
        city = examine(str(folder)).city
        if city is not None:
            tripped |= {rule.__name__ for rule in RULES if any(finding.is_error for finding in _run(rule, city))}
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()
    assert tripped == {rule.__name__ for rule in RULES}


def _run(rule: Callable, city: object) -> list:  # type: ignore[type-arg]
    try:
        return list(rule(city))
    except KeyError:  # names don't resolve: the loader's findings stand alone
        return []
