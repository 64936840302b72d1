"""The fences that a node's pods need, worked out from policies, pods and namespaces. Pure.

Pods that the same policies govern share one fence a direction. A connection passes if the fence of the pod that opens it and the
fence of the pod that it is opened to both let it through; pods that no policy governs have no fence.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from ipaddress import IPv4Network, IPv6Network, collapse_addresses
from typing import TypeVar

from lab.fences.model import LAST_PORT, Address, Direction, Network, Opening, Pod, Pods, Policy, Ports, View

Span = tuple[int, int]
Key = TypeVar("Key")
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Group:
    """Pods that a policy names as peers, in one family; told apart by number, and shared by all that name the same."""

    number: int
    family: int
    about: str
    members: tuple[Address, ...] = field(compare=False)


@dataclass(frozen=True, slots=True)
class Passage:
    """What a fence lets through: this group or these networks (neither: everybody), less some, by a protocol on ports (none: all)."""

    group: Group | None = None
    networks: tuple[Network, ...] = ()
    excepts: tuple[Network, ...] = ()
    protocol: str = ""
    ports: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Fence:
    """A direction of some pods of one zone: what isn't let through is refused."""

    direction: Direction
    zone: str
    number: int
    policies: tuple[str, ...]
    members: tuple[Address, ...]
    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class Ruleset:
    """All fences of a node with the groups that they name; the known pods, and the ranges in which an unknown one is closed off."""

    ranges: tuple[Network, ...]
    pods: tuple[Address, ...]
    groups: tuple[Group, ...]
    fences: tuple[Fence, ...]


def plan(view: View) -> Ruleset:
    """The fences for what the API server says."""
    crowd = _Crowd(view)
    fences = [fence for zone in sorted(crowd.governed) for direction in Direction for fence in _fences(crowd, zone, direction)]
    return Ruleset(view.ranges, _sorted(address for pod in view.pods for address in pod.addresses), crowd.groups, tuple(fences))


class _Crowd:
    """The view with the look-ups that planning needs, each worked out once."""

    def __init__(self, view: View) -> None:
        self.view = view
        self._found: dict[tuple[Pods, str], tuple[Group, ...]] = {}

    @cached_property
    def pods(self) -> Mapping[str, list[Pod]]:
        return _grouped((pod.namespace, pod) for pod in self.view.pods)

    @cached_property
    def governed(self) -> Mapping[str, list[Policy]]:
        """The policies by namespace, in the order of their names."""
        return _grouped((policy.namespace, policy) for policy in sorted(self.view.policies, key=lambda each: each.place))

    @property
    def groups(self) -> tuple[Group, ...]:
        """Every group that was asked for."""
        return tuple(group for groups in self._found.values() for group in groups)

    def group(self, peer: Pods, home: str) -> tuple[Group, ...]:
        """The peer's pods by family, for a policy at home in this namespace; nothing where there are none."""
        key = (peer, home if peer.namespaces is None else "")
        if key not in self._found:
            asked = peer.namespaces
            spaces = [home] if asked is None else [each.name for each in self.view.namespaces if asked.selects(each.labels)]
            chosen = [pod for space in spaces for pod in self.pods.get(space, ()) if peer.pods.selects(pod.labels)]
            found = _grouped((address.version, address) for pod in chosen for address in pod.addresses)
            about = f"pods {peer.pods} of {home if asked is None else f'namespaces {asked}'}"
            self._found[key] = tuple(Group(len(self._found) + 1, family, about, _sorted(found[family])) for family in sorted(found))
        return self._found[key]


def _fences(crowd: _Crowd, zone: str, direction: Direction) -> list[Fence]:
    """A zone's fences of one direction: one for each set of policies that governs some pod of it."""
    policies = [policy for policy in crowd.governed[zone] if policy.governs(direction)]
    members: dict[tuple[str, ...], list[Address]] = {}
    for pod in crowd.pods.get(zone, ()):
        names = tuple(policy.name for policy in policies if policy.pods.selects(pod.labels))
        if names:
            members.setdefault(names, []).extend(pod.addresses)
    return [
        Fence(
            direction, zone, number, names, _sorted(members[names]), _passages(crowd, direction, [p for p in policies if p.name in names])
        )
        for number, names in enumerate(sorted(members), 1)
    ]


def _passages(crowd: _Crowd, direction: Direction, policies: list[Policy]) -> tuple[Passage, ...]:
    """What the policies open together; nothing, if one of them can't be enforced in this direction."""
    if any(direction in policy.refused for policy in policies):
        return ()
    return tuple(
        dict.fromkeys(
            passage
            for policy in policies
            for opening in policy.openings[direction]
            for passage in _opened(crowd, opening, policy.namespace)
        )
    )


def _opened(crowd: _Crowd, opening: Opening, home: str) -> list[Passage]:
    plain: list[Network] = []
    sides: list[Passage] = [] if opening.peers else [Passage()]
    for peer in opening.peers:
        if isinstance(peer, Pods):
            sides += [Passage(group) for group in crowd.group(peer, home)]
        elif peer.excepts:
            sides.append(Passage(None, (peer.network,), _collapsed(peer.excepts)))
        else:
            plain.append(peer.network)
    for family in (4, 6):
        networks = _collapsed(network for network in plain if network.version == family)
        sides += [Passage(None, networks)] if networks else []
    return [replace(side, protocol=protocol, ports=ports) for side in sides for protocol, ports in _doors(opening.ports)]


def _doors(ports: tuple[Ports, ...]) -> list[tuple[str, tuple[Span, ...]]]:
    """The ports by protocol, without overlaps; no protocol where every port of every protocol is open."""
    spans = _grouped((each.protocol, (each.low, each.high)) for each in ports)
    return [(protocol, _merged(spans[protocol])) for protocol in sorted(spans)] or [("", ())]


def _merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Ports as few spans as can be; none where it is all of them."""
    merged: list[Span] = []
    for low, high in sorted(spans):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return () if merged == [(0, LAST_PORT)] else tuple(merged)


def _collapsed(networks: Iterable[Network]) -> tuple[Network, ...]:
    """The networks of one family without overlaps, which a set of the packet filter must not have."""
    found = tuple(networks)
    four = collapse_addresses(each for each in found if isinstance(each, IPv4Network))
    six = collapse_addresses(each for each in found if isinstance(each, IPv6Network))
    return (*four, *six)


def _sorted(addresses: Iterable[Address]) -> tuple[Address, ...]:
    return tuple(sorted(set(addresses), key=lambda each: (each.version, int(each))))


def _grouped(pairs: Iterable[tuple[Key, Item]]) -> dict[Key, list[Item]]:
    groups: dict[Key, list[Item]] = {}
    for key, item in pairs:
        groups.setdefault(key, []).append(item)
    return groups
