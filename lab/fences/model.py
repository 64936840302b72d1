"""NetworkPolicies and what they speak of, as values: the forms of networking.k8s.io/v1 that the fences can enforce."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Final

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
LAST_PORT: Final = 65_535


class Direction(StrEnum):
    """Which way a connection is opened, seen from the pod."""

    EGRESS = "egress"
    INGRESS = "ingress"


class Operator(StrEnum):
    """How a selector's requirement reads a label (LabelSelectorRequirement, apimachinery meta/v1)."""

    IN = "In"
    NOT_IN = "NotIn"
    EXISTS = "Exists"
    DOES_NOT_EXIST = "DoesNotExist"


@dataclass(frozen=True, slots=True)
class Requirement:
    """One condition on labels."""

    key: str
    operator: Operator
    values: tuple[str, ...] = ()

    def holds(self, labels: Mapping[str, str]) -> bool:
        """Whether the labels meet it; `NotIn` holds as well where the key is absent."""
        match self.operator:
            case Operator.IN:
                return labels.get(self.key) in self.values
            case Operator.NOT_IN:
                return labels.get(self.key) not in self.values
            case Operator.EXISTS:
                return self.key in labels
            case Operator.DOES_NOT_EXIST:
                return self.key not in labels

    def __str__(self) -> str:
        """As `kubectl --selector` takes it."""
        words = {Operator.IN: " in ", Operator.NOT_IN: " notin "}
        if self.operator in words:
            return f"{self.key}{words[self.operator]}({', '.join(self.values)})"
        return self.key if self.operator is Operator.EXISTS else f"!{self.key}"


@dataclass(frozen=True, slots=True)
class Selector:
    """All of its requirements must hold; without any it selects everything."""

    requirements: tuple[Requirement, ...] = ()

    def selects(self, labels: Mapping[str, str]) -> bool:
        return all(each.holds(labels) for each in self.requirements)

    def __str__(self) -> str:
        return ", ".join(map(str, self.requirements)) or "any"


@dataclass(frozen=True, slots=True)
class Block:
    """Addresses by network, less some of them."""

    network: Network
    excepts: tuple[Network, ...] = ()


@dataclass(frozen=True, slots=True)
class Pods:
    """Pods of this cluster; without `namespaces` those of the policy's own namespace."""

    pods: Selector = Selector()
    namespaces: Selector | None = None


@dataclass(frozen=True, slots=True)
class Ports:
    """A protocol with its ports from the lowest to the highest."""

    protocol: str
    low: int = 0
    high: int = LAST_PORT


@dataclass(frozen=True, slots=True)
class Opening:
    """One rule of a policy: whom it opens to (nobody named: everybody) and on which ports (none named: every one)."""

    peers: tuple[Block | Pods, ...] = ()
    ports: tuple[Ports, ...] = ()


@dataclass(frozen=True, slots=True)
class Policy:
    """A NetworkPolicy: the pods that it fences, in which directions, and what it opens in each.

    A direction in `refused` has a form that can't be enforced; whom the policy selects is closed in that direction.
    """

    namespace: str
    name: str
    uid: str
    generation: int
    pods: Selector
    openings: Mapping[Direction, tuple[Opening, ...]]
    refused: Mapping[Direction, str]

    @property
    def place(self) -> str:
        return f"{self.namespace}/{self.name}"

    def governs(self, direction: Direction) -> bool:
        return direction in self.openings or direction in self.refused


@dataclass(frozen=True, slots=True)
class Pod:
    """A pod with a network of its own."""

    namespace: str
    name: str
    labels: Mapping[str, str]
    addresses: tuple[Address, ...]


@dataclass(frozen=True, slots=True)
class Namespace:
    """A namespace and its labels."""

    name: str
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class View:
    """What the API server says, and which addresses the node gives to pods."""

    ranges: tuple[Network, ...]
    namespaces: tuple[Namespace, ...] = ()
    pods: tuple[Pod, ...] = ()
    policies: tuple[Policy, ...] = ()
