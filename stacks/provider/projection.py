"""The live object seen through what was declared: what Pulumi keeps as inputs and state after a read.

Fields that the API server filled in are not drift; a field of ours that changed or vanished is. In kinds that are
wholly ours, a field that appeared since the last apply is drift too.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from stacks.declare import quantity
from stacks.engine.properties import Path, differences, is_list
from stacks.provider.rules import WHOLLY_OURS

SERVER_FIELDS = ("managedFields", "resourceVersion", "generation", "selfLink")
"""Metadata that changes without anybody changing the object: kept out of the state."""
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
"""kubectl's copy of the whole object; of a Secret it would be the content in clear."""
IMPORTED = "__imported"
"""Marks inputs that nobody declared: the whole live object, of which a declaration may say less. Pulumi hides keys that begin so."""
QUANTITIES = frozenset({"hard", "limits", "requests", "default", "defaultRequest", "max", "min", "capacity", "maxLimitRequestRatio"})


def state_of(live: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept of a live object: all but its status and the server's bookkeeping."""
    state = {key: value for key, value in live.items() if key != "status"}
    state["metadata"] = {key: value for key, value in live["metadata"].items() if key not in SERVER_FIELDS}
    if LAST_APPLIED in state["metadata"].get("annotations", {}):
        kept = {key: value for key, value in state["metadata"]["annotations"].items() if key != LAST_APPLIED}
        state["metadata"]["annotations"] = kept
    return state


def inputs_of(live: Mapping[str, Any], declared: Mapping[str, Any], recorded: Mapping[str, Any]) -> dict[str, Any]:
    """What the declaration would have to be for the live object to match it."""
    state = state_of(live)
    if not declared:
        metadata = {key: state["metadata"][key] for key in ("name", "namespace", "labels", "annotations") if key in state["metadata"]}
        return {**state, "metadata": metadata, IMPORTED: True}
    if live.get("kind") == "Secret":
        state = _as_written(state, declared)
    strict = live.get("kind") in WHOLLY_OURS
    seen = {
        key: _seen(value, declared.get(key), recorded.get(key), strict=strict and key != "metadata", amounts=False)
        for key, value in state.items()
        if key in declared or (strict and recorded.get(key) != value and key != "metadata")
    }
    return seen | _unsaid(state, declared, recorded)


def _as_written(state: dict[str, Any], declared: Mapping[str, Any]) -> dict[str, Any]:
    """A Secret's content under the key that it was declared by: the API server keeps all of it as base64 under `data`."""
    texts, data = declared.get("stringData") or {}, state.get("data") or {}
    written = {key: _decoded(value) for key, value in data.items() if key in texts}
    rest = {key: value for key, value in data.items() if key not in texts}
    return {**state, **({"data": rest} if "data" in declared else {}), **({"stringData": written} if texts else {})}


def _decoded(value: str) -> str:
    try:
        return base64.b64decode(value).decode()
    except ValueError:
        return value


def _unsaid(live: Mapping[str, Any], declared: Mapping[str, Any], recorded: Mapping[str, Any]) -> dict[str, Any]:
    """What was declared as nothing (false, 0, an empty list): the API server leaves such fields out of its answers."""
    return {key: value for key, value in declared.items() if not value and key not in live and key not in recorded}


def _seen(live: Any, declared: Any, recorded: Any, *, strict: bool, amounts: bool) -> Any:
    if isinstance(live, Mapping) and isinstance(declared, Mapping):
        then = recorded if isinstance(recorded, Mapping) else {}
        seen = {
            key: _seen(value, declared.get(key), then.get(key), strict=strict, amounts=key in QUANTITIES or amounts)
            for key, value in live.items()
            if key in declared or (strict and then.get(key) != value)
        }
        return seen | _unsaid(live, declared, then)
    if is_list(live) and is_list(declared) and len(live) == len(declared):
        before = recorded if is_list(recorded) and len(recorded) == len(live) else [None] * len(live)
        return [_seen(*three, strict=strict, amounts=amounts) for three in zip(live, declared, before, strict=True)]
    if amounts and quantity.same(live, declared):
        return declared
    return live


def leftovers(live: Mapping[str, Any], old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """A JSON merge patch that removes what was in `old`, isn't in `new`, and is still there; empty if nothing is."""
    patch: dict[str, Any] = {}
    if live.get("kind") not in WHOLLY_OURS:
        return patch
    for change in differences(old, new):
        if change.after is None and change.path[0] != "metadata" and all(isinstance(part, str) for part in change.path):
            _null(patch, live, change.path)
    return patch


def _null(patch: dict[str, Any], live: Any, path: Path) -> None:
    for part in path:
        if not isinstance(live, Mapping) or part not in live:
            return
        live = live[part]
    for part in path[:-1]:
        patch = patch.setdefault(str(part), {})
    patch[str(path[-1])] = None
