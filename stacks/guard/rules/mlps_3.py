"""From MLPS level 3 on a zone is audited and isolated, and nobody takes that away by hand.

What is checked, exactly: the namespace's pod security is enforced and audited at "restricted"; in the zone no network policy
lets in or out whoever there is; its policy `default-deny` closes both ways for all pods and isn't deleted while the zone is
there. At a preview: every such zone has that policy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from stacks.declare.labels import label
from stacks.guard.facts import Facts
from stacks.guard.kinds import NAMESPACE, NETWORK_POLICY
from stacks.guard.rule import DELETE, Body, Case, Check, Lack, Rule

MLPS = label("mlps")
STRICT = ("3", "4")
MODES = ("pod-security.kubernetes.io/audit", "pod-security.kubernetes.io/enforce")
CLOSED = "default-deny"
WAYS = (("ingress", "from"), ("egress", "to"))
_IN_ZONE = f"'{MLPS}' in variables.space && variables.space['{MLPS}'] in ['3', '4']"


def _is_strict(labels: Mapping[str, str]) -> bool:
    return labels.get(MLPS) in STRICT


def _unaudited(case: Case) -> list[str]:
    return [key for key in MODES if _is_strict(case.labels) and case.labels.get(key) != "restricted"]


def _unaudited_cel(_facts: Facts) -> str:
    strict = f"'{MLPS}' in variables.labels && variables.labels['{MLPS}'] in ['3', '4']"
    keys = "['" + "', '".join(MODES) + "']"
    return f"{strict} ? {keys}.filter(k, !(k in variables.labels) || variables.labels[k] != 'restricted') : []"


def _open_to_all(case: Case) -> list[str]:
    return [way for way, peers in WAYS if _is_strict(case.space) and any(not one.get(peers) for one in case.spec.get(way) or ())]


def _open_to_all_cel(_facts: Facts) -> str:
    def side(way: str, peers: str) -> str:
        open_ = f"object.spec.{way}.exists(r, !has(r.{peers}) || size(r.{peers}) == 0)"
        return f"(has(object.spec.{way}) && {open_} ? ['{way}'] : [])"

    return f"{_IN_ZONE} ? {' + '.join(side(*way) for way in WAYS)} : []"


def _opened(case: Case) -> list[str]:
    concerned = _is_strict(case.space) and case.metadata.get("name") == CLOSED
    return [CLOSED] if concerned and not is_closing(case.spec) else []


def is_closing(spec: Mapping[str, Any]) -> bool:
    """Whether a network policy closes both ways for every pod."""
    types = set(spec.get("policyTypes") or ())
    selects_all = not any((spec.get("podSelector") or {}).values())
    return selects_all and {"Ingress", "Egress"} <= types and not spec.get("ingress") and not spec.get("egress")


def _opened_cel(_facts: Facts) -> str:
    selector = "object.spec.podSelector"
    all_pods = " && ".join(f"(!has({selector}.{key}) || size({selector}.{key}) == 0)" for key in ("matchLabels", "matchExpressions"))
    types = "has(object.spec.policyTypes) && ['Ingress', 'Egress'].all(t, t in object.spec.policyTypes)"
    empty = " && ".join(f"(!has(object.spec.{way}) || size(object.spec.{way}) == 0)" for way, _ in WAYS)
    return f"{_IN_ZONE} && object.metadata.name == '{CLOSED}' && !({all_pods} && {types} && {empty}) ? ['{CLOSED}'] : []"


def _removed(case: Case) -> list[str]:
    return [CLOSED] if _is_strict(case.space) and case.metadata.get("name") == CLOSED else []


def _removed_cel(_facts: Facts) -> str:
    stays = "!has(namespaceObject.metadata.deletionTimestamp)"
    return f"{_IN_ZONE} && {stays} && oldObject.metadata.name == '{CLOSED}' ? ['{CLOSED}'] : []"


def _unclosed(stack: Sequence[Body], _facts: Facts) -> Iterator[Lack]:
    """The zones of a stack that aren't closed by default."""
    closed = {
        body["metadata"].get("namespace")
        for body in stack
        if body.get("kind") == "NetworkPolicy" and body["metadata"].get("name") == CLOSED and is_closing(body.get("spec") or {})
    }
    for body in stack:
        metadata = body.get("metadata") or {}
        if body.get("kind") == "Namespace" and _is_strict(metadata.get("labels") or {}) and metadata["name"] not in closed:
            yield Lack(str(metadata["name"]), LACKING)


LACKING = "a zone of MLPS level 3 without a network policy 'default-deny' that closes both ways; declare it with the zone"

MLPS_3 = Rule(
    "mlps-3",
    title="From MLPS level 3 on a zone is audited and closed by default",
    why="GB/T 22239-2019 8.1.4.3 security audit (安全审计), 8.1.2.1 network architecture and 8.2.2.1 isolation of cloud tenants (网络架构)",
    checks=(
        Check(
            "unaudited",
            (NAMESPACE,),
            "a namespace of MLPS level 3 or 4 must be audited; these labels are not 'restricted': {found}",
            _unaudited_cel,
            _unaudited,
        ),
        Check(
            "everyone",
            (NETWORK_POLICY,),
            "a network policy that opens a zone of MLPS level 3 or 4 to everyone: {found}; say who, by a selector or an address block",
            _open_to_all_cel,
            _open_to_all,
        ),
        Check(
            "opened",
            (NETWORK_POLICY,),
            "the network policy {found} of a zone of MLPS level 3 or 4 must close both ways for all pods; open what is needed in another",
            _opened_cel,
            _opened,
        ),
        Check(
            "removed",
            (NETWORK_POLICY,),
            "the network policy {found} keeps a zone of MLPS level 3 or 4 isolated and stays as long as the zone does",
            _removed_cel,
            _removed,
            operations=(DELETE,),
        ),
    ),
    whole=_unclosed,
    asks=LACKING,
)
