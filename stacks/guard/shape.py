"""Whether an object that somebody brings has the form that the rules read it by: they may then trust it.

Only what the rules look at is looked at here; whether the object is a good one is for Kubernetes to say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ops.language import _
from stacks.guard.kinds import CRON_JOB, DAEMON_SET, DEPLOYMENT, JOB, NAMESPACE, NETWORK_POLICY, POD, SERVICE, STATEFUL_SET

Shape = type[str] | list[Any] | dict[str, Any]
"""`str` is text, `[shape]` a list of these, a dict a mapping: `key!` must be there, `*` is every key, others are free."""

_TEXTS: dict[str, Shape] = {"*": str}
_CONTAINER: dict[str, Shape] = {
    "name!": str,
    "image": str,
    "resources": {"limits": {}},
    "securityContext": {"capabilities": {"add": [str]}},
}
_POD: dict[str, Shape] = {
    "containers": [_CONTAINER],
    "initContainers": [_CONTAINER],
    "ephemeralContainers": [_CONTAINER],
    "volumes": [{"name!": str, "image": {}}],
}
_MAKES_PODS: dict[str, Shape] = {"template": {"spec": _POD}, "strategy": {}}
_SPECS: Mapping[str, dict[str, Shape]] = {
    POD.name: _POD,
    **dict.fromkeys((kind.name for kind in (DEPLOYMENT, STATEFUL_SET, DAEMON_SET, JOB)), _MAKES_PODS),
    CRON_JOB.name: {"jobTemplate": {"spec": _MAKES_PODS}},
    SERVICE.name: {"type": str, "externalIPs": [str]},
    NETWORK_POLICY.name: {"policyTypes": [str], "podSelector": {}, "ingress": [{"from": [{}]}], "egress": [{"to": [{}]}]},
}


def misfits(body: Mapping[str, Any]) -> Iterator[str]:
    """Every place where the object isn't formed as its kind is, in words."""
    name = "name!" if body["kind"] == NAMESPACE.name else "name"
    metadata: dict[str, Shape] = {name: str, "namespace": str, "labels": _TEXTS, "annotations": _TEXTS}
    yield from _of_keys(body, {"metadata": metadata, "spec": _SPECS.get(body["kind"], {})}, "")


def _misfits(value: Any, shape: Shape, path: str) -> Iterator[str]:
    if isinstance(shape, dict) and isinstance(value, dict):
        named: dict[str, Shape] = {str(key): shape["*"] for key in value} if "*" in shape else shape
        yield from _of_keys(value, named, f"{path}.")
    elif isinstance(shape, list) and isinstance(value, list):
        for number, item in enumerate(value):
            yield from _misfits(item, shape[0], f"{path}[{number}]")
    elif shape is not str or not isinstance(value, str):
        yield _WANTED[shape if isinstance(shape, type) else type(shape)]().format(path=path)


def _of_keys(value: Mapping[str, Any], shape: Mapping[str, Shape], path: str) -> Iterator[str]:
    """A key whose value is null counts as left out, as it does for Kubernetes."""
    for marked, inner in shape.items():
        key = marked.removesuffix("!")
        if value.get(key) is not None:
            yield from _misfits(value[key], inner, path + key)
        elif marked != key:
            yield _("{name} is missing").format(name=path + key)


_WANTED: Mapping[type, Callable[[], str]] = {
    str: lambda: _("{path} is not text"),
    list: lambda: _("{path} is not a list"),
    dict: lambda: _("{path} is not a mapping"),
}
