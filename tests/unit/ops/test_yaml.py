"""The fast parser says what the slow one says, and what is written is read back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

from city.load import SHIPPED
from city.source import city_files
from ops.yaml import compose, dump, load, load_all

CASES = sorted((Path(__file__).parents[2] / "cases" / "ops" / "yaml").glob("*.yaml"))
FILES = [*CASES, *(file for folder in sorted(SHIPPED.iterdir()) for file in city_files(folder))]


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_both_parsers_read_the_same(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    slow = YAML(typ="safe", pure=True)
    assert _read(compose, text) == _read(slow.compose, text)
    assert _loaded(load, text) == _loaded(slow.load, text)


def test_libyaml_is_there_and_reads_the_shipped_cities() -> None:
    """Without it everything would still work, five times as slowly; so it would if a shipped file needed the other parser."""
    assert YAML(typ="safe").Parser is not YAML(typ="safe", pure=True).Parser
    for file in FILES[len(CASES) :]:
        YAML(typ="safe").compose(file.read_text(encoding="utf-8"))


def test_what_is_written_is_read_back_in_its_order_and_without_references() -> None:
    same = {"names": ["a", "汕尾"]}
    data = {"z": same, "a": same, "yes": "yes", "day": "2026-11-27", "none": None, "long": "word " * 40}
    text = dump(data)
    assert load(text) == data
    assert list(load(text)) == list(data)
    assert "&" not in text
    assert "*" not in text
    assert dump("a word") == "a word\n"


def test_documents_are_read_as_kubectl_does() -> None:
    assert list(load_all("day: 2026-11-27\n---\n- 1\n---\n")) == [{"day": "2026-11-27"}, [1], None]


def _loaded(reader: Any, text: str) -> Any:
    try:
        return repr(reader(text))
    except MarkedYAMLError as broken:
        return broken.problem, broken.problem_mark.line


def _read(parser: Any, text: str) -> Any:
    """Kind, tag, line and content of every node (a value that isn't there stands at its key or at the next: the key's line counts); or what
    is wrong, and where.
    """
    try:
        return _nodes(parser(text))
    except MarkedYAMLError as broken:
        return broken.problem, broken.problem_mark.line


def _nodes(node: Any) -> Any:
    if node is None or isinstance(node, tuple):
        return node and tuple(map(_nodes, node))
    inside = node.value if isinstance(node.value, str) else list(map(_nodes, node.value))
    return type(node), str(node.tag), node.start_mark.line if inside else None, inside
