"""Kubernetes quantities: written the way the API server writes them back, and compared by value.

An API server answers `2Gi` to `2048Mi`. Writing the canonical form keeps previews and drift free of noise.
"""

from __future__ import annotations

import re
from decimal import Decimal

from ops.errors import UsageProblem
from ops.language import _

_FORM = re.compile(r"^([+-]?\d+(?:\.\d*)?|[+-]?\.\d+)(m|u|n|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei|[eE][+-]?\d+)?$")
_DECIMAL = {"": 0, "n": -9, "u": -6, "m": -3, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}


def cpu(millis: int) -> str:
    """Processor time: whole cores where it is, else thousandths."""
    return str(millis // 1000) if millis % 1000 == 0 else f"{millis}m"


def binary(amount: int, unit: str = "Mi") -> str:
    """Memory or storage: the largest binary unit that needs no fraction."""
    bytes_ = amount << _BINARY[unit]
    for suffix, shift in reversed(_BINARY.items()):
        if bytes_ and bytes_ % (1 << shift) == 0:
            return f"{bytes_ >> shift}{suffix}"
    return str(bytes_)


def value(text: object) -> Decimal | None:
    """The quantity as a number, or None if it isn't one."""
    if isinstance(text, bool) or not isinstance(text, str | int | float):
        return None
    match = _FORM.match(str(text))
    if match is None:
        return None
    number, suffix = Decimal(match[1]), match[2] or ""
    if suffix in _BINARY:
        return number * (1 << _BINARY[suffix])
    return number.scaleb(_DECIMAL[suffix] if suffix in _DECIMAL else int(suffix[1:]))


def same(one: object, other: object) -> bool:
    """Whether two quantities are the same amount."""
    left = value(one)
    return left is not None and left == value(other)


WHOLE: dict[str, tuple[Decimal, str]] = {
    "cpu_millis": (Decimal("0.001"), "500m, 2"),
    "memory_mib": (Decimal(1 << 20), "512Mi, 2Gi"),
    "storage_gib": (Decimal(1 << 30), "20Gi, 1Ti"),
    "pods": (Decimal(1), "6, 20"),
}
"""The city's own units, and how a person writes some of them."""


def whole(resource: str, text: str) -> int:
    """The amount that a person wrote, in the city's own unit of that resource: `2Gi` of memory_mib is 2048."""
    from city.pools import NAMES  # here, because the provider, a process of its own in each run, needs no city

    unit, examples = WHOLE[resource]
    found = value(text)
    count = found / unit if found is not None else None
    if count is None or count <= 0 or count != count.to_integral_value():
        raise UsageProblem(
            _("'{text}' is no amount of {resource}").format(text=text, resource=_(NAMES[resource])),
            why=_("it must be a whole number of units, and more than nothing"),
            hint=_("write it like {examples}").format(examples=examples),
        )
    return int(count)


def shown(resource: str, count: int) -> str:
    """The amount of that resource as people write it."""
    if resource == "cpu_millis":
        return cpu(count)
    return binary(count, {"memory_mib": "Mi", "storage_gib": "Gi"}[resource]) if resource in ("memory_mib", "storage_gib") else str(count)
