"""The configuration that routers shall hold, as text in their own language and without secrets. Asks no device."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from city.model import City
from network.compare import masked, targets
from network.desk import folder_of
from network.dialect import dialect
from network.rollout import load_rollout
from network.tree import Tree
from ops.control import Control
from ops.plan import JsonObject


@dataclass(frozen=True, slots=True)
class Rendered:
    """One router's intended configuration."""

    device: str
    dialect: str
    text: str

    def as_data(self) -> JsonObject:
        return {"device": self.device, "dialect": self.dialect, "config": self.text}


def _printed(city: City, name: str, tree: Tree) -> str:
    return dialect(city.router_by_name[name].dialect).printed(tree)


def rendered(city: City, control: Control, names: Sequence[str]) -> tuple[Rendered, ...]:
    """The configurations of these routers, by the declared state of IPv6 and link costs."""
    wanted = targets(city, load_rollout(folder_of(control, city)), names)
    return tuple(
        Rendered(name, str(city.router_by_name[name].dialect), masked(city, name, _printed(city, name, tree)))
        for name, tree in wanted.items()
    )
