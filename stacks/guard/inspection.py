"""The rules without a cluster: over everything that a city declares, and over files of objects that somebody brings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from city.model import City
from ops import yaml
from ops.errors import UsageProblem
from ops.language import _
from stacks.guard.admission import policy_name
from stacks.guard.catalogue import RULES
from stacks.guard.exemptions import Fault, faults
from stacks.guard.facts import Facts, facts_at
from stacks.guard.judge import Breach, judge_all
from stacks.guard.shape import misfits


@dataclass(frozen=True, slots=True)
class Inspection:
    """What was found: breaches by where, and exemptions that can't stand."""

    objects: int
    breaches: tuple[tuple[str, Breach], ...]
    faults: tuple[Fault, ...] = ()

    @property
    def refused(self) -> int:
        """How many findings no exemption covers."""
        return len(self.faults) + sum(breach.exemption is None for _where, breach in self.breaches)

    def as_data(self) -> dict[str, Any]:
        """The findings for JSON."""
        return {
            "ok": not self.refused,
            "objects": self.objects,
            "breaches": [{"where": where, **breach.as_data()} for where, breach in self.breaches],
            "exemptions": [{"system": one.exemption.system, "rule": one.exemption.rule, "says": one.says} for one in self.faults],
        }


def rules_of(city: City, today: date) -> list[dict[str, Any]]:
    """The rules, each with its exemptions, for JSON."""
    return [
        {
            "name": rule.name,
            "title": rule.title,
            "why": rule.why,
            "kinds": list(rule.kinds),
            "policy": policy_name(rule.name),
            "says": [*(check.says for check in rule.checks), *([rule.asks] if rule.asks else [])],
            "exemptions": [
                {**one.model_dump(mode="json"), "expired": one.expires < today} for one in city.exemptions if one.rule == rule.name
            ],
        }
        for rule in RULES
    ]


def inspect_city(city: City, today: date) -> Inspection:
    """Every object that every centre of the city declares, and its exemptions."""
    from stacks.fleet import declared

    objects, found = 0, []
    for centre in city.centres:
        bodies = [manifest.body for manifest in declared(city, centre)]
        objects += len(bodies)
        found += [(centre.name, breach) for breach in judge_all(bodies, facts_at(city, centre), today=today)]
    return Inspection(objects, tuple(found), tuple(faults(city, today)))


def inspect_file(path: Path, facts: Facts, today: date) -> Inspection:
    """The objects of a file of YAML or JSON, as if they were asked for now."""
    bodies = list(read_objects(path))
    return Inspection(len(bodies), tuple((path.name, breach) for breach in judge_all(bodies, facts, today=today)))


def read_objects(path: Path) -> Iterator[dict[str, Any]]:
    """The Kubernetes objects of a file: its documents, and the items of lists among them."""
    from ruamel.yaml.error import YAMLError

    try:
        documents = list(yaml.load_all(path.read_text(encoding="utf-8")))
    except OSError as missing:
        raise UsageProblem(_("{path} can't be read").format(path=path), why=missing.strerror or str(missing)) from missing
    except (YAMLError, UnicodeDecodeError) as broken:
        raise UsageProblem(_("{path} is not YAML").format(path=path), why=str(broken).splitlines()[0]) from broken
    found = [item for document in documents if document is not None for item in _items(document)]
    for number, item in enumerate(found, 1):
        is_object = isinstance(item, dict) and isinstance(item.get("kind"), str) and isinstance(item.get("metadata"), dict)
        wrong = "; ".join(misfits(item)) if is_object else _("kind or metadata is missing")
        if wrong:
            raise UsageProblem(
                _("item {number} of {path} is not a Kubernetes object").format(number=number, path=path),
                why=wrong,
                hint=_("give manifests as kubectl takes them"),
            )
    if not found:
        raise UsageProblem(_("{path} holds no object").format(path=path), hint=_("give manifests as kubectl takes them"))
    yield from found


def _items(document: Any) -> list[Any]:
    """A list's items, or the document itself."""
    is_list = isinstance(document, dict) and str(document.get("kind", "")).endswith("List") and isinstance(document.get("items"), list)
    return list(document["items"]) if is_list else [document]
