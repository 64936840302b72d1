"""The health of a cluster, as its API server and its processes tell it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lab.clusters import programs
from lab.clusters.client import Client, NoAnswer, Refused
from lab.clusters.identities import OPERATOR
from lab.clusters.layout import Cluster
from lab.part import Health, State
from ops.language import _

if TYPE_CHECKING:
    from lab.box import Box

DAEMONS = (programs.ETCD, programs.API, programs.CONTAINERD, programs.CONTROLLERS, programs.SCHEDULER, programs.KUBELET)


@dataclass(frozen=True, slots=True)
class View:
    """What was seen of a cluster."""

    dead: tuple[str, ...] = ()
    error: str = ""
    is_node_ready: bool = False
    node_says: str = ""
    pods: int = 0
    ready_pods: int = 0


def look(box: Box, cluster: Cluster) -> View:
    """Ask once; never fails."""
    dead = tuple(name for name in DAEMONS if not box.alive(cluster.centre, name))
    try:
        client = Client(cluster, OPERATOR, timeout=3.0)
        nodes = client.get("/api/v1/nodes?resourceVersion=0")["items"]
        pods = client.get("/api/v1/pods?resourceVersion=0")["items"]
    except (NoAnswer, Refused, OSError, ValueError) as failed:
        return View(dead, str(failed))
    ready, says = node_ready(nodes)
    wanted = [pod for pod in pods if pod["status"].get("phase") != "Succeeded"]
    return View(dead, "", ready, says, len(wanted), sum(map(is_pod_ready, wanted)))


def node_ready(nodes: list[dict[str, Any]]) -> tuple[bool, str]:
    """Whether the cluster's one node is Ready, and what it says if it isn't."""
    conditions = [each for node in nodes for each in node["status"].get("conditions", []) if each["type"] == "Ready"]
    if not conditions:
        return False, _("no node")
    return conditions[0]["status"] == "True", str(conditions[0].get("message", ""))


def is_pod_ready(pod: dict[str, Any]) -> bool:
    return any(each["type"] == "Ready" and each["status"] == "True" for each in pod["status"].get("conditions", []))


def judge(cluster: Cluster, view: View) -> Health:
    """The cluster's row in the lab's status."""
    dead = [_("not running: {names}").format(names=", ".join(view.dead))] if view.dead else []
    if view.error:
        return Health("cluster", cluster.centre, "down", "; ".join([_("API: {why}").format(why=view.error), *dead]))
    node = _("node Ready") if view.is_node_ready else _("node NotReady ({why})").format(why=view.node_says)
    parts = [_("API ready"), node, _("{ready}/{count} pods ready").format(ready=view.ready_pods, count=view.pods), *dead]
    fine = view.is_node_ready and not view.dead and view.ready_pods == view.pods
    state: State = "up" if fine else "degraded"
    return Health("cluster", cluster.centre, state, "; ".join(parts))
