"""Data -> City: what pydantic refuses becomes findings in words of the city, with the nearest known name."""

from __future__ import annotations

from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from city.finding import Finding, Path
from city.model import City
from ops.language import N_, _
from ops.suggest import nearest

PLAIN = {
    "missing": N_("is missing"),
    "string_type": N_("must be text"),
    "string_too_short": N_("must say something"),
    "int_type": N_("must be a whole number"),
    "int_parsing": N_("must be a whole number"),
    "int_from_float": N_("must be a whole number"),
    "float_type": N_("must be a number"),
    "float_parsing": N_("must be a number"),
    "bool_type": N_("must be true or false"),
    "bool_parsing": N_("must be true or false"),
    "tuple_type": N_("must be a list"),
    "model_type": N_("must be a mapping of keys"),
    "model_attributes_type": N_("must be a mapping of keys"),
    "dict_type": N_("must be a mapping of keys"),
    "date_type": N_("must be a date such as 2027-06-30"),
    "date_parsing": N_("must be a date such as 2027-06-30"),
    "date_from_datetime_parsing": N_("must be a date such as 2027-06-30"),
    "ip_v4_address": N_("must be an IPv4 address such as 10.0.0.1"),
    "ip_v4_network": N_("must be an IPv4 network such as 10.0.0.0/24, with no host bits set"),
    "ip_v6_network": N_("must be an IPv6 network such as 2001:db8::/40, with no host bits set"),
    "greater_than": N_("must be more than {gt}"),
    "greater_than_equal": N_("must be at least {ge}"),
    "less_than": N_("must be less than {lt}"),
    "less_than_equal": N_("must be at most {le}"),
    "too_short": N_("must have at least {min_length} item(s)"),
    "string_too_long": N_("must have at most {max_length} characters"),
}
FOLLOWS = frozenset({"default_factory_not_called"})
"""What pydantic says only because of another problem that it says too."""
NAME_PATTERN = r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$"


def build(data: dict[str, Any]) -> tuple[City | None, list[Finding]]:
    """The city, or every reason why the data isn't one."""
    try:
        return City.model_validate(data), []
    except ValidationError as refused:
        return None, [_finding(error) for error in refused.errors(include_url=False) if error["type"] not in FOLLOWS]


def _finding(error: Any) -> Finding:
    path: Path = tuple(error["loc"])
    kind = str(error["type"])
    if kind == "extra_forbidden":
        known = _keys_at(path[:-1])
        close = nearest(str(path[-1]), known)
        return Finding("unknown-key", _("key '{value}' is not known here").format(value=path[-1]), _hint(close, known), path)
    if kind == "enum":
        known = [part.strip(" '") for part in str(error["ctx"]["expected"]).replace(" or ", ", ").split(",")]
        close = nearest(str(error["input"]), known)
        return Finding(
            "unknown-value",
            _("'{input}' is not one of {value}").format(input=error["input"], value=", ".join(known)),
            (_("did you mean '{close}'?").format(close=close) if close else ""),
            path,
        )
    if kind == "string_pattern_mismatch":
        wanted = (
            _("lower-case words joined by hyphens")
            if error["ctx"]["pattern"] == NAME_PATTERN
            else _("text that matches {pattern}").format(pattern=error["ctx"]["pattern"])
        )
        return Finding("shape", _("'{input}' must be {wanted}").format(input=error["input"], wanted=wanted), path=path)
    if kind in PLAIN:
        shown = "" if kind == "missing" or isinstance(error["input"], (dict, list)) else f"'{error['input']}' "
        told = _(PLAIN[kind]).format_map(error.get("ctx", {}))
        return Finding("missing" if kind == "missing" else "shape", f"{shown}{told}", path=path)
    return Finding("shape", f"{error['input']!r}: {error['msg']}", path=path)


def _hint(close: str, known: list[str]) -> str:
    return _("did you mean '{close}'?").format(close=close) if close else _("known: {names}").format(names=", ".join(known))


def _keys_at(path: Path) -> list[str]:
    """The keys that the model at `path` knows."""
    model: Any = City
    for key in path:
        if isinstance(key, str) and _is_model(model):
            field = model.model_fields.get(key)
            model = _inner(field.annotation) if field else None
    return list(model.model_fields) if _is_model(model) else []


def _inner(annotation: Any) -> Any:
    """The model inside `tuple[Model, ...]` or `Model | None`, or the annotation itself."""
    return next((_inner(part) for part in get_args(annotation) if _is_model(_inner(part))), annotation)


def _is_model(value: Any) -> bool:
    return isinstance(value, type) and issubclass(value, BaseModel)
