"""Protobuf structs to Python values and back; unknown values of a preview are recognised."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from google.protobuf.struct_pb2 import NULL_VALUE, ListValue, Struct, Value

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""What Pulumi's protocol puts in place of a string that isn't known before the update; other types have siblings of it."""
UNKNOWNS = frozenset(
    {
        UNKNOWN,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "030794c1-ac77-496b-92df-f27374a8bd58",
        "e48ece36-62e2-4504-bad9-02848725956a",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    }
)


def to_python(struct: Struct) -> dict[str, Any]:
    """The struct as a dictionary; whole numbers become int."""
    return {key: _python(value) for key, value in struct.fields.items()}


def _python(value: Value) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        return value.string_value
    if kind == "struct_value":
        return to_python(value.struct_value)
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() else number
    if kind == "bool_value":
        return value.bool_value
    if kind == "list_value":
        return [_python(entry) for entry in value.list_value.values]
    return None


def to_struct(tree: Mapping[str, Any]) -> Struct:
    """The dictionary as a struct."""
    struct = Struct()
    for key, value in tree.items():
        _fill(struct.fields[key], value)
    return struct


def _fill(target: Value, value: Any) -> None:
    if value is None:
        target.null_value = NULL_VALUE
    elif isinstance(value, bool):
        target.bool_value = value
    elif isinstance(value, int | float):
        target.number_value = value
    elif isinstance(value, str):
        target.string_value = value
    elif isinstance(value, Mapping):
        target.struct_value.CopyFrom(to_struct(value))
    else:
        values = ListValue()
        for entry in value:
            _fill(values.values.add(), entry)
        target.list_value.CopyFrom(values)


SECRET = ("4dabf18193072939515e22adb298388d", "1b47061264138c4ac30d75fd1eb44270")
"""How Pulumi's protocol marks a value as secret: a map with this key and value, and the secret itself beside it."""


def seal(struct: Struct, keys: Iterable[str]) -> Struct:
    """The struct with what is under these keys marked as secret: Pulumi encrypts it in its state and never shows it."""
    for key in keys:
        if key in struct.fields:
            plain = Value()
            plain.CopyFrom(struct.fields[key])
            marked = struct.fields[key].struct_value
            marked.Clear()
            marked.fields[SECRET[0]].string_value = SECRET[1]
            marked.fields["value"].CopyFrom(plain)
    return struct


def has_unknown(tree: Any) -> bool:
    """Whether any value in the tree isn't known yet."""
    if isinstance(tree, Mapping):
        return any(has_unknown(value) for value in tree.values())
    if isinstance(tree, list):
        return any(has_unknown(value) for value in tree)
    return isinstance(tree, str) and tree in UNKNOWNS
