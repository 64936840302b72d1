"""YAML text read and written: the one module that chooses among the parsers of ruamel.yaml.

libyaml, which `ruamel.yaml.clib` brings, is five times as fast as ruamel's own parser, whose word it is that counts: it knows
YAML 1.2, takes `[a:b]`, and has the words that users are told. So what libyaml refuses is read again by the other; so is what only
libyaml takes, a tab as a space and a version in a directive.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from io import StringIO
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ruamel.yaml import YAML
    from ruamel.yaml.nodes import Node


def compose(text: str) -> Node | None:
    """The nodes of the only document, with their lines; a YAMLError says what is wrong."""
    return _read(text, lambda parser: parser.compose(text))  # type: ignore[no-any-return]


def load(text: str) -> Any:
    """The only document as plain data, None if it is empty; a YAMLError says what is wrong, a key that stands twice too."""
    return _read(text, lambda parser: parser.load(text))


def load_all(text: str) -> Iterator[Any]:
    """Document by document as kubectl reads them: a day is text."""
    from ruamel.yaml.constructor import SafeConstructor

    class Words(SafeConstructor):
        pass

    Words.add_constructor("tag:yaml.org,2002:timestamp", Words.construct_yaml_str)
    parser = _parser()
    parser.Constructor = Words
    yield from parser.load_all(text)


def dump(data: Any, *, width: int = 80) -> str:
    """One document, keys in their order, nothing by reference."""
    from ruamel.yaml import YAML

    writer, out = YAML(), StringIO()
    writer.width = width
    writer.representer.ignore_aliases = lambda _data: True
    writer.dump(data, out)
    return out.getvalue().removesuffix("...\n")


def _read(text: str, read: Callable[[YAML], Any]) -> Any:
    from ruamel.yaml.error import YAMLError

    if "\t" not in text and "\n%" not in f"\n{text}":
        with suppress(YAMLError):
            return read(_parser(fast=True))
    return read(_parser())


def _parser(*, fast: bool = False) -> YAML:
    from ruamel.yaml import YAML

    return YAML(typ="safe", pure=not fast)
