"""Docs are tested: every command explains itself, the reference is current, and what guides show can be typed."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer
from babel.messages import Catalog

from cli import catalogue, reference
from cli.main import root
from cli.nouns import NOUNS
from cli.reference import CommandPage, commands
from lab.logins.users import EXTRA as ACCOUNTS
from ops import language

ROOT = Path(__file__).parents[2]
PAGES = {page.path: page for page in commands()}
FOREIGN = re.compile(r"apt-get install [\w. -]+|make prepare|sudo citynode lab up|chmod [\w-]+ X|umount --lazy X|see X|X --help|--\w+ \w+")
"""Commands of others, options and places, which are the same in every language."""
GUIDES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


@cache
def trees() -> dict[Path, ast.Module]:
    """What speaks the reader's language: not what runs in Pulumi's plugin, in Ansible or on another machine, nor what only tests use."""
    return {
        path: ast.parse(path.read_text(encoding="utf-8"))
        for package in catalogue.PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
        if not re.search(r"/stacks/provider/|/playbooks/collections/|/remote/|/network/devices/fake\.py", str(path))
    }


@cache
def fresh() -> Catalog:
    """The Chinese catalogue as the code has it now."""
    return catalogue.update()


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


def is_command(hint: str) -> bool:
    """Whether a hint is commands and no sentence; X stands for what is put in."""
    return all(FOREIGN.fullmatch(part) or is_ours(part) for part in re.split(r" *[;|] *", hint))


def is_ours(line: str) -> bool:
    """Whether it is one of our commands, with no word more than the command takes."""
    first, *rest = line.split() or [""]
    command: Any = root()
    context = command.context_class(command, info_name=first)
    while rest and hasattr(command, "get_command") and (child := command.get_command(context, rest[0])) is not None:
        command, context = child, child.context_class(child, info_name=rest.pop(0), parent=context)
    if rest[:1] == ["X"] and hasattr(command, "get_command"):  # one of several commands of a noun
        return first == "citynode"
    try:
        return first == "citynode" and command.make_parser(context).parse_args(rest)[1] == []
    except typer.TyperException:
        return False


def literals(value: ast.expr | None) -> Iterator[str]:
    """The texts that stand there as they are, X for what is put into them."""
    match value:
        case ast.Constant(value=str(text)) if text:
            yield text
        case ast.JoinedStr(values=parts):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "X" for part in parts)
        case ast.IfExp(body=one, orelse=other):
            yield from (*literals(one), *literals(other))
        case ast.BoolOp(values=values):
            yield from (text for each in values for text in literals(each))


def errors() -> set[str]:
    """The names of what citynode raises to be told."""
    bases = {
        node.name: {base.id for base in node.bases if isinstance(base, ast.Name)}
        for tree in trees().values()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    found = {"CitynodeError"}
    while more := {name for name, of in bases.items() if of & found} - found:
        found |= more
    return found


def test_every_noun_of_the_table_has_its_module() -> None:
    assert {name: PAGES[f"citynode {name}"].help for name in NOUNS} == {name: entry.help for name, entry in NOUNS.items()}


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


def test_the_chinese_reference_says_in_chinese_what_typer_adds() -> None:
    assert re.findall(r"\[(?:required|default)\b", reference.render("zh")) == []


def test_the_chinese_catalogue_is_current_and_whole() -> None:
    assert catalogue.untranslated(fresh()) == []
    assert catalogue.PO.read_bytes() == catalogue.as_po(fresh()), "run: python -m cli.catalogue"
    assert catalogue.PO.with_suffix(".mo").read_bytes() == catalogue.as_mo(fresh()), "run: python -m cli.catalogue"


def test_translations_keep_their_fields() -> None:
    for message in fresh():
        if message.id and message.string and "python-brace-format" in message.flags:
            assert sorted(set(re.findall(r"\{\w*", message.id))) == sorted(set(re.findall(r"\{\w*", message.string))), message.id


@pytest.mark.parametrize(
    "path", [catalogue.PO, ROOT / "dr" / "words.py", *ROOT.glob("*.zh.md"), *(ROOT / "docs").rglob("*.zh.md")], ids=lambda path: path.name
)
def test_in_chinese_too_a_thing_has_one_name(path: Path) -> None:
    """The access file is 接入文件, the audit trail 审计链, on trial 试运行."""
    assert set(re.findall("访问文件|审计轨迹|审计记录|试行", path.read_text(encoding="utf-8"))) == set()


def test_every_noun_speaks_chinese() -> None:
    language.use("zh", catalogue.PO.parents[2])
    try:
        for page in commands():
            assert re.search(r"[\u4e00-\u9fff]", page.help), page.path
    finally:
        language.use("en", catalogue.PO.parents[2])


def test_what_errors_say_and_advise_is_in_the_catalogue() -> None:
    """A hint that is nothing but a command is the same in every language; every other text is marked."""
    told, bare = errors(), []
    for path, tree in trees().items():
        for node in ast.walk(tree):
            hints: list[ast.expr] = []
            if isinstance(node, ast.Call):
                hints = [word.value for word in node.keywords if word.arg == "hint"]
                if isinstance(node.func, ast.Name) and node.func.id in told and node.args:
                    bare += [f"{path.relative_to(ROOT)}:{node.lineno}: {text}" for text in literals(node.args[0])]
            elif isinstance(node, ast.Assign) and any(isinstance(to, ast.Name) and to.id == "hint" for to in node.targets):
                hints = [node.value]
            bare += [f"{path.relative_to(ROOT)}:{each.lineno}: {text}" for each in hints for text in literals(each) if not is_command(text)]
    assert bare == []


@pytest.mark.parametrize("text", ["citynode lab up tries again", "citynode lab status; citynode lab up heals it", "see X: is it full?"])
def test_a_sentence_is_no_command(text: str) -> None:
    assert not is_command(text)


@pytest.mark.parametrize("lang", ["network.md", "network.zh.md"])
def test_a_router_of_ones_own_gets_the_accounts_that_the_labs_routers_have(lang: str) -> None:
    """Each with a forced command of its own."""
    text = (ROOT / "docs" / "guides" / lang).read_text(encoding="utf-8")
    assert set(re.findall(r"^useradd .* (\w+)$", text, re.MULTILINE)) == set(ACCOUNTS)
    assert set(re.findall(r"^Match User (\w+)\n  ForceCommand /bin/sh /usr/local/lib/citynode/", text, re.MULTILINE)) == set(ACCOUNTS)


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
