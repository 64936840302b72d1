"""Changing one system in a city's files: the few characters that it takes, with comments and layout as they were.

The place of each value is asked of the YAML parser, and what the edit does to the whole city is compared with what was
asked for (`judge_change`): a value that stands for others too (an anchor) is refused rather than changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from city.diff import compare
from city.draft import Draft
from city.load import Examined
from city.model import City
from city.source import SYSTEMS
from ops import yaml
from ops.errors import UsageProblem
from ops.language import _

Values = Mapping[str, int | bool]
"""Dotted key of a system's field -> its new value: `{"quota.pods": 8}`."""
Edit = tuple[int, int, str]
"""Text between two positions, and what takes its place."""


def change_system(examined: Examined, name: str, values: Values) -> Draft:
    """The draft in which these fields of the system are as given; `judge_change` says whether it changes anything else."""
    file = _file_of(examined, name)
    text = file.read_text(encoding="utf-8")
    item = _item(text, name, single=file.parent != examined.folder)
    edits = [edit for key, value in values.items() for edit in _edits(text, item, key.split("."), _word(value))]
    after = text
    for begin, end, fresh in sorted(edits, reverse=True):
        after = after[:begin] + fresh + after[end:]
    return Draft(examined.folder, file, text, after)


def judge_change(before: City, draft: Draft, name: str, values: Values) -> City:
    """The sound city that the draft makes of the one before; an error if it changes more than these fields of this system."""
    after = draft.judged()
    others = [each for each in compare(before, after) if (each.kind, each.name) != (SYSTEMS, name) or each.field not in values]
    if others:
        raise UsageProblem(
            _("the value in {file} stands for others too").format(file=draft.name),
            why=", ".join(f"{each.kind}.{each.name}.{each.field}" for each in others),
            hint=_("give '{name}' a value of its own there, by hand").format(name=name),
        )
    return after


def add_system(folder: Path, fields: Mapping[str, Any], *, note: str) -> Draft:
    """The draft of a new system's own file, `systems/NAME.yaml`, with a line that says where it came from."""
    file = folder / SYSTEMS / f"{fields['name']}.yaml"
    return Draft(folder, file, None, f"# {note}\n{yaml.dump(_laid_out(fields), width=140)}")


def _file_of(examined: Examined, name: str) -> Path:
    """The file that the system stands in."""
    index = next(index for index, item in enumerate(examined.source.data[SYSTEMS]) if item["name"] == name)
    shown, _line = examined.source.position((SYSTEMS, index))
    return examined.folder / Path(shown).relative_to(examined.folder.name)


def _item(text: str, name: str, *, single: bool) -> Any:
    """The node of the system: the whole of its own file, or its item of the list."""
    root = yaml.compose(text)
    return root if single else next(item for item in _child(root, SYSTEMS)[1].value if _child(item, "name")[1].value == name)


def _child(node: Any, key: str) -> tuple[Any, Any]:
    """The key and value nodes of that key, or two Nones."""
    return next(((key_node, value) for key_node, value in node.value if key_node.value == key), (None, None))


def _edits(text: str, node: Any, keys: list[str], word: str) -> list[Edit]:
    """What it takes to have `word` at this key: the old word replaced, or the key added behind the mapping's first."""
    for key in keys[:-1]:
        node = _child(node, key)[1]
    _key, old = _child(node, keys[-1])
    if old is not None:
        return [] if old.value == word else [(old.start_mark.index, old.end_mark.index, word)]
    first_key, first = node.value[0]
    added = f"{keys[-1]}: {word}"
    if node.flow_style:
        return [(first.end_mark.index, first.end_mark.index, f", {added}")]
    line_end = text.find("\n", first.end_mark.index)
    at = len(text) if line_end < 0 else line_end
    return [(at, at, f"\n{' ' * first_key.start_mark.column}{added}")]


def _word(value: object) -> str:
    """The value as YAML writes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _laid_out(fields: Mapping[str, Any]) -> Any:
    """The fields for a file that people read: a key a line, what is inside one in its line."""
    from ruamel.yaml.comments import CommentedMap, CommentedSeq

    laid = CommentedMap()
    for key, value in fields.items():
        inner = CommentedMap(value) if isinstance(value, Mapping) else CommentedSeq(value) if isinstance(value, list) else value
        if isinstance(inner, CommentedMap | CommentedSeq):
            inner.fa.set_flow_style()
        laid[key] = inner
    return laid
