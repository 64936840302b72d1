"""The system at its target: its objects in the landing zone, as a pure function, and their life in the cluster.

A volume on the centre's node holds its files, a secret its database login, a deployment of one pod the system itself. Pods are
routable over the extranet, so the pod's own address is what the service's name leads to. The landing zone must be there
before: it is the stacks' work, with its quota and closed network, and this only opens the way to the database.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from migrate.files import OWNER
from ops.errors import CitynodeError, TimedOut, UsageProblem
from ops.language import _
from stacks.declare.labels import label, object_labels, zone_name
from stacks.guard.rules.dr_tier import SINGLE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from ipaddress import IPv4Address

    from migrate.move import Move
    from ops.access import Centre
    from stacks.cluster.objects import Objects

MANAGER = "citynode-migrate"
FILES = "/srv/files"
LOGIN = "/etc/citynode/database"
POSTGRES = 5432
Manifest = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Pod:
    """Where the system answers."""

    name: str
    ipv4: str
    ipv6: str


def volume_folder(centre: Centre, move: Move) -> str:
    """Where the system's volume lies on the centre's node."""
    if not centre.volumes:
        raise UsageProblem(
            _("the access file does not say where local volumes of {centre} lie").format(centre=move.target),
            hint=_("add `volumes` to that centre: a folder on its node"),
        )
    return f"{centre.volumes}/{move.system.name}"


def objects(move: Move, *, folder: str, password: str, change: str, node: str) -> tuple[Manifest, ...]:
    """What the system needs in its zone, in the order in which it can be made."""
    system, zone = move.system, zone_name(move.system)
    labels = object_labels(system) | {"app.kubernetes.io/name": zone}
    about = {label("change"): change}

    def head(kind: str, name: str, api: str = "v1", namespace: str = zone) -> Manifest:
        place = {"namespace": namespace} if namespace else {}
        return {"apiVersion": api, "kind": kind, "metadata": {"name": name, **place, "labels": labels, "annotations": about}}

    size = f"{max(1, system.quota.storage_gib // 2)}Gi"
    claim = {"accessModes": ["ReadWriteOnce"], "storageClassName": "", "volumeMode": "Filesystem"}
    affinity = {
        "required": {"nodeSelectorTerms": [{"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "In", "values": [node]}]}]}
    }
    volume = f"{zone}-files"
    return (
        head("PersistentVolume", volume, namespace="")
        | {
            "spec": claim
            | {
                "capacity": {"storage": size},
                "persistentVolumeReclaimPolicy": "Retain",
                "local": {"path": folder},
                "nodeAffinity": affinity,
                "claimRef": {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "namespace": zone, "name": "files"},
            }
        },
        head("PersistentVolumeClaim", "files") | {"spec": claim | {"volumeName": volume, "resources": {"requests": {"storage": size}}}},
        head("Secret", "database") | {"type": "Opaque", "stringData": {"password": password}},
        head("NetworkPolicy", "database", "networking.k8s.io/v1") | {"spec": _way_to_database(move.target_lans, labels)},
        _alone(head("Deployment", zone, "apps/v1")) | {"spec": _deployment(move, labels)},
    )


def _alone(manifest: Manifest) -> Manifest:
    """The manifest with the reason why it runs one pod even in a zone of the application tier (policy `dr-tier`)."""
    metadata = manifest["metadata"]
    return {**manifest, "metadata": {**metadata, "annotations": {**metadata["annotations"], SINGLE: "its volume takes one writer"}}}


def _way_to_database(addresses: Sequence[IPv4Address], labels: Mapping[str, str]) -> Manifest:
    to = [{"ipBlock": {"cidr": f"{address}/32"}} for address in addresses]
    return {
        "podSelector": {"matchLabels": dict(labels)},
        "policyTypes": ["Egress"],
        "egress": [{"to": to, "ports": [{"port": POSTGRES, "protocol": "TCP"}]}],
    }


def _deployment(move: Move, labels: Mapping[str, str]) -> Manifest:
    """One pod, never two at once: two would both write to the same volume."""
    return {
        "replicas": 1,
        "strategy": {"type": "Recreate"},
        "selector": {"matchLabels": {"app.kubernetes.io/name": zone_name(move.system)}},
        "template": {"metadata": {"labels": dict(labels)}, "spec": _pod(move)},
    }


def _pod(move: Move) -> Manifest:
    workload, quota = move.workload, move.system.quota
    hosts = ",".join(map(str, move.target_lans))
    env = {
        "APP_SYSTEM": move.system.name,
        "APP_PORT": str(workload.port),
        "APP_FILES": FILES,
        "APP_PASSWORD_FILE": f"{LOGIN}/password",
        "APP_DATABASE": f"host={hosts} port={POSTGRES} dbname={move.database} user={{owner}}",
    }
    check = {
        "httpGet": {"path": move.system.probe.path or "/health", "port": workload.port},
        "periodSeconds": 1,
        "timeoutSeconds": 2,
        "failureThreshold": 5,
    }
    security = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}, "readOnlyRootFilesystem": True}
    return {
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": 2,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": OWNER,
            "runAsGroup": OWNER,
            "fsGroup": OWNER,
            "fsGroupChangePolicy": "OnRootMismatch",
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "volumes": [
            {"name": "files", "persistentVolumeClaim": {"claimName": "files"}},
            {"name": "database", "secret": {"secretName": "database", "defaultMode": 0o440}},
        ],
        "containers": [
            {
                "name": "system",
                "image": workload.image,
                "imagePullPolicy": "IfNotPresent",
                "env": [{"name": key, "value": env[key]} for key in env],
                "ports": [{"containerPort": workload.port, "protocol": "TCP"}],
                "readinessProbe": check,
                "securityContext": security,
                "resources": {
                    "requests": {"cpu": "50m", "memory": f"{max(64, quota.memory_mib // 4)}Mi"},
                    "limits": {"cpu": f"{quota.cpu_millis}m", "memory": f"{max(64, quota.memory_mib // 2)}Mi"},
                },
                "volumeMounts": [{"name": "files", "mountPath": FILES}, {"name": "database", "mountPath": LOGIN, "readOnly": True}],
            }
        ],
    }


def with_owner(manifests: Sequence[Manifest], owner: str) -> tuple[Manifest, ...]:
    """The manifests with the database's owner, who is known only when the department was asked."""
    for manifest in manifests:
        if manifest["kind"] == "Deployment":
            for each in manifest["spec"]["template"]["spec"]["containers"][0]["env"]:
                each["value"] = each["value"].replace("{owner}", owner)
    return tuple(manifests)


class Zone:
    """The system's landing zone in the target's cluster."""

    def __init__(self, centre: Centre, move: Move) -> None:
        self._centre, self._move = centre, move
        self._objects: Objects | None = None

    @property
    def api(self) -> Objects:
        if self._objects is None:
            from stacks.cluster.client import Cluster
            from stacks.cluster.login import read_login
            from stacks.cluster.objects import Objects

            login = read_login(str(self._centre.kubeconfig))
            self._objects = Objects(Cluster(login, threads=2, read_seconds=20.0), manager=MANAGER)
        return self._objects

    def exists(self) -> bool:
        """Whether the zone is there."""
        return self.api.read("v1", "Namespace", zone_name(self._move.system)) is not None

    def node(self) -> str:
        """The node of the cluster that volumes lie on: the lab's and a small centre's only one."""
        items = self.api.cluster.request("GET", "/api/v1/nodes")["items"]
        return str(items[0]["metadata"]["name"])

    def apply(self, manifests: Sequence[Manifest]) -> None:
        """Make them, or make them what they should be."""
        volume = f"{self._move.system.name}-files"
        live = self.api.read("v1", "PersistentVolume", volume)
        if live and live.get("status", {}).get("phase") in {"Released", "Failed"}:  # of an earlier claim: it would never be bound again
            self.api.delete("v1", "PersistentVolume", volume)
        for manifest in manifests:
            self.api.apply(manifest, force=True)

    def wait_ready(self, *, seconds: float = 90) -> Pod:
        """The pod when it is ready; TimedOut says what it waits for."""
        until, zone = time.monotonic() + seconds, zone_name(self._move.system)
        said = ""
        while time.monotonic() < until:
            found, said = self._look(zone)
            if found is not None:
                return found
            time.sleep(0.25)
        raise TimedOut(
            _("{system} did not become ready at {centre} in {seconds:g} s").format(system=zone, centre=self._move.target, seconds=seconds),
            why=said,
            hint=_("kubectl -n {zone} describe pods").format(zone=zone),
        )

    def pod(self) -> Pod | None:
        """The pod that is ready now."""
        return self._look(self._move.system.name)[0]

    def _look(self, zone: str) -> tuple[Pod | None, str]:
        query = {"labelSelector": f"app.kubernetes.io/name={zone}"}
        pods = self.api.cluster.request("GET", f"/api/v1/namespaces/{zone}/pods", query=query)["items"]
        alive = [pod for pod in pods if not pod["metadata"].get("deletionTimestamp")]
        for pod in alive:
            status = pod.get("status", {})
            if any(each["type"] == "Ready" and each["status"] == "True" for each in status.get("conditions", ())):
                addresses = [each["ip"] for each in status.get("podIPs", ())]
                six = next((each for each in addresses if ":" in each), "")
                return Pod(pod["metadata"]["name"], next(each for each in addresses if ":" not in each), six), ""
        return None, self._reason(zone, alive)

    def _reason(self, zone: str, pods: Sequence[Manifest]) -> str:
        """Why no pod is ready: what its container or, without a pod, its deployment says."""
        for pod in pods:
            for each in pod.get("status", {}).get("containerStatuses", ()):
                state = each.get("state", {})
                waiting = state.get("waiting") or state.get("terminated") or {}
                why = str(waiting.get("message") or waiting.get("reason") or _("its health page does not answer"))
                return f"{why}; {self._last_words(zone, pod['metadata']['name'])}" if each.get("restartCount") else why
            conditions = pod.get("status", {}).get("conditions", ())
            return str(next((each["message"] for each in conditions if each.get("message")), pod.get("status", {}).get("phase", "")))
        live = self.api.read("apps/v1", "Deployment", zone, zone) or {}
        return next(
            (each["message"] for each in live.get("status", {}).get("conditions", ()) if each.get("status") == "False"), _("no pod yet")
        )

    def _last_words(self, zone: str, pod: str) -> str:
        """The end of what the container that ended wrote."""
        try:
            said = self.api.cluster.request(
                "GET", f"/api/v1/namespaces/{zone}/pods/{pod}/log", query={"previous": "true", "tailLines": "2"}
            )
        except CitynodeError as silent:
            return silent.why
        return " / ".join(str(said.get("message", "")).split("\n"))

    def remove(self) -> None:
        """Nothing of the system is left in the zone; the zone itself stays."""
        zone = zone_name(self._move.system)
        self.api.delete("apps/v1", "Deployment", zone, zone)
        for api, kind, name in (("networking.k8s.io/v1", "NetworkPolicy", "database"), ("v1", "Secret", "database")):
            self.api.delete(api, kind, name, zone)
        self._wait_no_pods(zone)
        self.api.delete("v1", "PersistentVolumeClaim", "files", zone)
        self.api.delete("v1", "PersistentVolume", f"{zone}-files")

    def _wait_no_pods(self, zone: str) -> None:
        until = time.monotonic() + 60
        query = {"labelSelector": f"app.kubernetes.io/name={zone}"}
        while self.api.cluster.request("GET", f"/api/v1/namespaces/{zone}/pods", query=query)["items"]:
            if time.monotonic() > until:
                raise TimedOut(
                    _("the pod of {system} does not end").format(system=zone), hint=_("kubectl -n {zone} get pods").format(zone=zone)
                )
            time.sleep(0.25)
