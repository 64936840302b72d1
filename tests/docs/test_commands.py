"""Docs are tested: every command explains itself, the reference is current, and what guides show can be typed."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from cli import catalogue, reference
from cli.nouns import NOUNS
from cli.reference import CommandPage, commands
from ops import language

ROOT = Path(__file__).parents[2]
PAGES = {page.path: page for page in commands()}
GUIDES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def problem_with(line: str) -> str:
    """What is wrong with a `citynode …` line as a person would type it; empty if nothing is."""
    words = shlex.split(re.sub(r"\s[|>&;].*|…|\s#.*", "", line))
    path, rest = ["citynode"], words[1:]
    while rest and " ".join([*path, rest[0]]) in PAGES:
        path.append(rest.pop(0))
    page = PAGES[" ".join(path)]
    if page.is_group and rest and not rest[0].startswith("-"):
        return f"there is no {' '.join([*path, rest[0]])}"
    unknown = [
        word.split("=")[0] for word in rest if re.match(r"--?[a-z]", word) and word.split("=")[0] not in {*page.options, "--help", "-h"}
    ]
    return f"{page.path} has no {', '.join(unknown)}" if unknown else ""


def test_every_noun_of_the_table_has_its_module() -> None:
    assert {name for name in NOUNS if f"citynode {name}" in PAGES} == set(NOUNS)


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_every_command_has_help_for_itself_and_each_option(page: CommandPage) -> None:
    assert len(page.help) > 10
    assert page.help[0].isupper() or page.help[0].isdigit() or page.help.startswith("`")
    for name, text in page.parameters:
        assert len(text.split("[")[0].strip()) > 5, f"{page.path} {name} has no help"


@pytest.mark.parametrize("page", [page for page in PAGES.values() if not page.is_group], ids=lambda page: page.path)
def test_every_command_has_an_example_that_can_be_typed(page: CommandPage) -> None:
    assert page.example.startswith(f"Example: {page.path}")
    assert problem_with(page.example.removeprefix("Example: ")) == ""


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_reference_is_current(lang: str) -> None:
    path = reference.PAGES[lang]
    assert path.read_text(encoding="utf-8") == reference.render(lang), "run: python -m cli.reference"


def test_the_chinese_catalogue_is_current_and_whole() -> None:
    fresh = catalogue.update()
    assert catalogue.untranslated(fresh) == []
    assert catalogue.PO.read_bytes() == catalogue.as_po(fresh), "run: python -m cli.catalogue"
    assert catalogue.PO.with_suffix(".mo").read_bytes() == catalogue.as_mo(fresh), "run: python -m cli.catalogue"


def test_translations_keep_their_fields() -> None:
    for message in catalogue.update():
        if message.id and message.string and "python-brace-format" in message.flags:
            assert sorted(set(re.findall(r"\{\w*", message.id))) == sorted(set(re.findall(r"\{\w*", message.string))), message.id


def test_every_noun_speaks_chinese() -> None:
    language.use("zh", catalogue.PO.parents[2])
    try:
        for page in commands():
            assert re.search(r"[\u4e00-\u9fff]", page.help), page.path
    finally:
        language.use("en", catalogue.PO.parents[2])


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_guides_show_can_be_typed(guide: Path) -> None:
    wrong = []
    for line in guide.read_text(encoding="utf-8").splitlines():
        found = re.match(r"^\s*(?:\$ )?(citynode .*)$", line)
        shown = [found[1]] if found else re.findall(r"`(citynode [^`]*)`", line)
        wrong += [f"{text}: {problem}" for text in shown if (problem := problem_with(text))]
    assert wrong == []


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_guides_point_to_is_there(guide: Path) -> None:
    """Links to files, and files of the tree named in the text."""
    text = guide.read_text(encoding="utf-8")
    links = [guide.parent / link for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text)]
    named = [name for name in re.findall(r"`([a-z]\w*/[\w./*-]+)`", text) if (ROOT / name.split("/")[0]).is_dir()]
    if guide.name != "CHANGELOG.md":  # what was, may be gone
        assert [name for name in named if not any(ROOT.glob(name.rstrip("/")))] == []
    assert [str(link) for link in links if not link.exists()] == []
