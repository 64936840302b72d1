"""The YAML files of a city as plain data, with the file and line of every value.

It knows YAML and nothing of cities. It refuses duplicate keys, keys that two files both give, and anchors that
contain themselves; it reports every such problem instead of stopping at the first. Beside the files of whole lists there is
a folder `systems` with one file for each system that was asked for later: `systems/NAME.yaml` is the system of that name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any

from city.finding import Finding, Path
from ops import yaml
from ops.language import _

if TYPE_CHECKING:
    from ruamel.yaml.nodes import MappingNode

SKIPPED = frozenset({"lab.yaml"})
"""Files of the folder that describe something else than the city."""
MAIN = "city.yaml"
"""The file that makes a folder a city."""
SYSTEMS = "systems"
"""The list that has a folder of its own, with a file an item."""


@dataclass(slots=True)
class Source:
    """What the files say, and where they say it."""

    folder: FilePath
    data: dict[str, Any] = field(default_factory=dict)
    lines: dict[Path, tuple[str, int]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def position(self, path: Path) -> tuple[str, int]:
        """File and line of the value at `path`, or of the nearest thing around it; what no file gives is for the main one."""
        for length in range(len(path), 0, -1):
            if (found := self.lines.get(path[:length])) is not None:
                return found
        return f"{self.folder.name}/{MAIN}", 1

    def place(self, path: Path) -> str:
        """The path in words: an item that has a name stands there by its name."""
        words: list[str] = []
        value: Any = self.data
        for key in path:
            value = _inside(value, key)
            named = isinstance(key, int) and isinstance(value, dict) and isinstance(value.get("name"), str)
            words.append(str(value["name"]) if named else str(key))
        return ".".join(words)


def city_files(folder: FilePath) -> list[FilePath]:
    """The files that say what the city is: those of whole lists, then those of single systems."""
    lists = [file for file in sorted(folder.glob("*.yaml")) if file.name not in SKIPPED]
    return [*lists, *sorted((folder / SYSTEMS).glob("*.yaml"))]


def read_folder(folder: FilePath, instead: Mapping[FilePath, str] | None = None) -> Source:
    """The folder's files as one mapping; `instead` are files as if they were written already, old or new ones."""
    source, instead = Source(folder), instead or {}
    present = city_files(folder)
    for file in [*present, *sorted(set(instead) - set(present))]:
        read = _read_system if file.parent != folder else _read_file
        read(file, instead.get(file), source)
    return source


def _inside(value: Any, key: str | int) -> Any:
    """The value at this key or position, or None."""
    if isinstance(value, dict):
        return value.get(key)
    return value[key] if isinstance(value, list) and isinstance(key, int) and 0 <= key < len(value) else None


def _mapping_of(file: FilePath, text: str | None, source: Source) -> MappingNode | None:
    """The mapping that the file holds; None, and a finding, if it holds something else."""
    from ruamel.yaml.error import MarkedYAMLError
    from ruamel.yaml.nodes import MappingNode

    shown = _shown(file, source)
    try:
        root = yaml.compose(file.read_text(encoding="utf-8") if text is None else text)
    except MarkedYAMLError as broken:
        mark = broken.problem_mark or broken.context_mark
        source.findings.append(
            Finding(
                "yaml",
                _("is no YAML: {value}").format(value=broken.problem or broken.context),
                _("look at the indent, the quotes and the colons around it"),
                file=shown,
                line=mark.line + 1 if mark else 1,
            )
        )
        return None
    except (OSError, UnicodeDecodeError) as unreadable:
        source.findings.append(Finding("yaml", _("can't be read: {unreadable}").format(unreadable=unreadable), file=shown, line=1))
        return None
    if root is None or isinstance(root, MappingNode):
        return root
    source.findings.append(Finding("yaml", _("must be a mapping of keys, such as 'places:'"), file=shown, line=root.start_mark.line + 1))
    return None


def _shown(file: FilePath, source: Source) -> str:
    return f"{source.folder.name}/{file.relative_to(source.folder).as_posix()}"


def _read_system(file: FilePath, text: str | None, source: Source) -> None:
    """One system, at the end of the list."""
    root, listed = _mapping_of(file, text, source), source.data.setdefault(SYSTEMS, [])
    if root is None or not isinstance(listed, list):
        return
    path, shown = (SYSTEMS, len(listed)), _shown(file, source)
    source.lines[path] = (shown, root.start_mark.line + 1)
    listed.append(_Walker(shown, source).mapping(root, path))
    if listed[-1].get("name") != file.stem:
        source.findings.append(
            Finding(
                "file-name",
                _("holds the system '{name}'").format(name=listed[-1].get("name", "")),
                _("a file in {folder} has its system's name").format(folder=SYSTEMS),
                file=shown,
                line=1,
            )
        )


def _read_file(file: FilePath, text: str | None, source: Source) -> None:
    root, shown = _mapping_of(file, text, source), _shown(file, source)
    if root is None:
        return
    walker = _Walker(shown, source)
    for key, value in walker.mapping(root, ()).items():
        if key in source.data:
            source.findings.append(
                Finding(
                    "duplicate-key",
                    _("key '{key}' stands in another file too").format(key=key),
                    _("keep it in one file"),
                    file=shown,
                    line=1,
                )
            )
        else:
            source.data[key] = value


@dataclass(slots=True)
class _Walker:
    """Turns the nodes of one file into data and notes their lines."""

    file: str
    source: Source
    open: set[int] = field(default_factory=set)

    def value(self, node: Any, path: Path) -> Any:
        from ruamel.yaml.nodes import MappingNode, SequenceNode

        self.source.lines.setdefault(path, (self.file, node.start_mark.line + 1))
        if id(node) in self.open:
            self._report("yaml", _("an anchor contains itself"), node)
            return None
        self.open.add(id(node))
        try:
            if isinstance(node, MappingNode):
                return self.mapping(node, path)
            if isinstance(node, SequenceNode):
                return [self.value(item, (*path, index)) for index, item in enumerate(node.value)]
            return scalar(node.tag, node.value)
        finally:
            self.open.discard(id(node))

    def mapping(self, node: Any, path: Path) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            if key in result:
                self._report("duplicate-key", _("key '{key}' stands here twice").format(key=key), key_node, _("remove one of the two"))
                continue
            result[key] = self.value(value_node, (*path, key))
            self.source.lines[(*path, key)] = (self.file, key_node.start_mark.line + 1)
        return result

    def _report(self, code: str, message: str, node: Any, hint: str = "") -> None:
        self.source.findings.append(Finding(code, message, hint, file=self.file, line=node.start_mark.line + 1))


def scalar(tag: Any, text: str) -> Any:
    """A scalar's value by its YAML 1.2 core tag; what is no number, boolean or null stays text."""
    kind = str(tag).rpartition(":")[2]
    try:
        if kind == "int":
            return int(text.replace("_", ""), 0 if text[:2].lower() in ("0x", "0o") else 10)
        if kind == "float":
            return float(text.replace("_", ""))
    except ValueError:
        return text
    if kind == "bool":
        return text.lower() == "true"
    return None if kind == "null" else text
