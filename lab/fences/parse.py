"""Objects of the API server as values. A form of NetworkPolicy that can't be enforced is kept as a refusal, never dropped.

Refused are named ports, SCTP, and every key that isn't known here: a policy that only half of is understood must not open
anything. Semantics: NetworkPolicySpec in k8s.io/api/networking/v1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from ipaddress import ip_address, ip_network
from typing import Any, Final

from lab.fences.model import Block, Direction, Namespace, Opening, Operator, Pod, Pods, Policy, Ports, Requirement, Selector

Raw = Mapping[str, Any]
ENDED: Final = frozenset({"Succeeded", "Failed"})
PROTOCOLS: Final = {"TCP": "tcp", "UDP": "udp"}
SIDES: Final = {Direction.EGRESS: ("Egress", "to"), Direction.INGRESS: ("Ingress", "from")}
"""What a direction is called in `policyTypes`, and the key of its peers."""


class Unenforceable(ValueError):
    """A form that the fences don't know."""


def namespace(raw: Raw) -> Namespace:
    """The namespace."""
    return Namespace(raw["metadata"]["name"], raw["metadata"].get("labels") or {})


def pod(raw: Raw) -> Pod | None:
    """The pod; None while it has no address, once it has ended, or if it shares its node's network."""
    about, status = raw["metadata"], raw.get("status", {})
    addresses = tuple(ip_address(each["ip"]) for each in status.get("podIPs", ()))
    if not addresses or status.get("phase") in ENDED or raw["spec"].get("hostNetwork"):
        return None
    return Pod(about["namespace"], about["name"], about.get("labels") or {}, addresses)


def policy(raw: Raw) -> Policy:
    """The policy; what of it can't be enforced stands in `refused`."""
    about, spec = raw["metadata"], raw.get("spec") or {}
    openings: dict[Direction, tuple[Opening, ...]] = {}
    refused: dict[Direction, str] = {}
    selected, whole = Selector(), ""
    try:
        _known(spec, "the policy", "podSelector", "policyTypes", *Direction)
        selected = selector(spec.get("podSelector") or {})
    except (ValueError, KeyError, TypeError) as unknown:
        whole = str(unknown)
    for direction in _governed(spec):
        try:
            if whole:
                raise Unenforceable(whole)
            openings[direction] = tuple(_opening(each, SIDES[direction][1]) for each in spec.get(direction) or ())
        except (ValueError, KeyError, TypeError) as unknown:  # whatever is wrong with it, it opens nothing
            refused[direction] = str(unknown)
    where = (about["namespace"], about["name"], about.get("uid", ""), about.get("generation", 0))
    return Policy(*where, pods=selected, openings=openings, refused=refused)


def selector(raw: Raw) -> Selector:
    """A label selector."""
    _known(raw, "a selector", "matchLabels", "matchExpressions")
    plain = [Requirement(key, Operator.IN, (value,)) for key, value in sorted((raw.get("matchLabels") or {}).items())]
    return Selector((*plain, *(_requirement(each) for each in raw.get("matchExpressions") or ())))


def _requirement(raw: Raw) -> Requirement:
    _known(raw, "matchExpressions", "key", "operator", "values")
    if raw["operator"] not in tuple(Operator):
        raise Unenforceable(f"the operator {raw['operator']}")
    return Requirement(raw["key"], Operator(raw["operator"]), tuple(raw.get("values") or ()))


def _governed(spec: Raw) -> tuple[Direction, ...]:
    """The directions that the policy closes; without `policyTypes` ingress, and egress if it has rules for it."""
    named = spec.get("policyTypes")
    if named is None:
        return (Direction.EGRESS, Direction.INGRESS) if spec.get(Direction.EGRESS) else (Direction.INGRESS,)
    return tuple(direction for direction, (kind, _key) in SIDES.items() if kind in named)


def _opening(raw: Raw, side: str) -> Opening:
    _known(raw, "a rule", "ports", side)
    return Opening(tuple(map(_peer, raw.get(side) or ())), tuple(map(_ports, raw.get("ports") or ())))


def _peer(raw: Raw) -> Block | Pods:
    _known(raw, "a peer", "podSelector", "namespaceSelector", "ipBlock")
    block, namespaces = raw.get("ipBlock"), raw.get("namespaceSelector")
    if block is not None:
        _known(block, "ipBlock", "cidr", "except")
        return Block(ip_network(block["cidr"], strict=False), tuple(ip_network(each, strict=False) for each in block.get("except") or ()))
    return Pods(selector(raw.get("podSelector") or {}), None if namespaces is None else selector(namespaces))


def _ports(raw: Raw) -> Ports:
    _known(raw, "a port", "port", "endPort", "protocol")
    protocol, port = raw.get("protocol", "TCP"), raw.get("port")
    if protocol not in PROTOCOLS:
        raise Unenforceable(f"the protocol {protocol}")
    if port is None:
        return Ports(PROTOCOLS[protocol])
    if not isinstance(port, int):
        raise Unenforceable(f"the named port {port}: give its number")
    return Ports(PROTOCOLS[protocol], port, raw.get("endPort", port))


def _known(raw: Raw, where: str, *keys: str) -> None:
    unknown = sorted(set(raw) - set(keys))
    if unknown:
        raise Unenforceable(f"the key {unknown[0]} of {where}")


KINDS: Final[Mapping[str, Callable[[Raw], Namespace | Pod | Policy | None]]] = {
    "/api/v1/namespaces": namespace,
    "/api/v1/pods": pod,
    "/apis/networking.k8s.io/v1/networkpolicies": policy,
}
"""What is listed and watched, and how each object is read."""
