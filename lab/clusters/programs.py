"""The command lines of a cluster's programs. Pure.

Nothing here turns a check off: every connection is TLS and verified, every request is authorised. What is trimmed is
what a lab of one node has no use for: leader election, controllers of clouds and volumes, frequent signs of life.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from lab.clusters.config import LEASE_SECONDS
from lab.clusters.layout import API_PORT, Cluster

ETCD, API, CONTAINERD, KUBELET, CONTROLLERS, SCHEDULER = "k8s-etcd", "k8s-api", "containerd", "kubelet", "k8s-controllers", "k8s-scheduler"
KUBERNETES: Final = ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet")
"""The programs that the engines resolver provides."""

WORKING_CONTROLLERS: Final = (
    "namespace-controller",
    "serviceaccount-controller",
    "root-ca-certificate-publisher-controller",
    "clusterrole-aggregation-controller",
    "deployment-controller",
    "replicaset-controller",
    "statefulset-controller",
    "daemonset-controller",
    "job-controller",
    "cronjob-controller",
    "endpoints-controller",
    "endpointslice-controller",
    "resourcequota-controller",
    "garbage-collector-controller",
    "disruption-controller",
    "node-lifecycle-controller",
    "pod-garbage-collector-controller",
    "persistentvolume-binder-controller",
    "persistentvolume-protection-controller",
    "persistentvolumeclaim-protection-controller",
)


@dataclass(frozen=True, slots=True)
class Daemon:
    """A program to keep running on a centre's node."""

    name: str
    argv: tuple[str, ...]
    env: dict[str, str] = field(default_factory=dict)


def etcd(cluster: Cluster) -> Daemon:
    """The cluster's store, on the loopback alone; it doesn't wait for the disk, which only a lab may do."""
    return Daemon(
        ETCD,
        (
            "etcd",
            f"--name={cluster.centre}",
            f"--data-dir={cluster.home}/etcd",
            "--unsafe-no-fsync",
            "--log-level=warn",
            "--listen-client-urls=http://127.0.0.1:2379",
            "--advertise-client-urls=http://127.0.0.1:2379",
            "--listen-peer-urls=http://127.0.0.1:2380",
            "--initial-advertise-peer-urls=http://127.0.0.1:2380",
            f"--initial-cluster={cluster.centre}=http://127.0.0.1:2380",
            "--heartbeat-interval=1000",
            "--election-timeout=5000",
            "--auto-compaction-retention=10m",
            "--quota-backend-bytes=536870912",
        ),
    )


def api(cluster: Cluster, programs: dict[str, Path]) -> Daemon:
    """The API server, on every address of the centre in both families."""
    pki = cluster.pki
    return Daemon(
        API,
        (
            str(programs["kube-apiserver"]),
            "--etcd-servers=http://127.0.0.1:2379",
            f"--secure-port={API_PORT}",
            "--bind-address=::",
            f"--advertise-address={cluster.address}",
            "--endpoint-reconciler-type=none",
            f"--client-ca-file={pki}/ca.crt",
            f"--tls-cert-file={pki}/api.crt",
            f"--tls-private-key-file={pki}/api.key",
            f"--kubelet-certificate-authority={pki}/ca.crt",
            f"--kubelet-client-certificate={pki}/api-to-kubelet.crt",
            f"--kubelet-client-key={pki}/api-to-kubelet.key",
            "--kubelet-preferred-address-types=InternalIP",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={pki}/service-accounts.key",
            f"--service-account-signing-key-file={pki}/service-accounts.key",
            f"--service-cluster-ip-range={cluster.services},{cluster.services6}",
            "--authorization-mode=Node,RBAC",
            "--anonymous-auth=false",
            "--enable-admission-plugins=NodeRestriction",
            "--allow-privileged=true",  # as kubeadm has it: what a pod may be is for policies to say, with a reason
            f"--admission-control-config-file={cluster.home}/admission.json",
            "--profiling=false",
            "--event-ttl=30m",
            "--enable-priority-and-fairness=false",
            "--delete-collection-workers=4",
        ),
    )


def containerd(cluster: Cluster) -> Daemon:
    """The container runtime, with everything under the cluster's own folder."""
    return Daemon(CONTAINERD, ("containerd", "--config", f"{cluster.home}/containerd.toml", "--log-level", "warn"))


def kubelet(cluster: Cluster, programs: dict[str, Path]) -> Daemon:
    """The node agent."""
    return Daemon(
        KUBELET,
        (
            str(programs["kubelet"]),
            f"--config={cluster.home}/kubelet.json",
            f"--kubeconfig={cluster.kubeconfig('kubelet')}",
            f"--root-dir={cluster.home}/kubelet",
            f"--cert-dir={cluster.pki}",
            f"--hostname-override={cluster.node}",
            f"--node-ip={cluster.address},{cluster.address6}",
            f"--node-labels=topology.kubernetes.io/zone={cluster.centre}",
        ),
    )


def controllers(cluster: Cluster, programs: dict[str, Path]) -> Daemon:
    """The controllers that a centre's zones need."""
    return Daemon(
        CONTROLLERS,
        (
            str(programs["kube-controller-manager"]),
            f"--kubeconfig={cluster.kubeconfig('controllers')}",
            "--bind-address=127.0.0.1",
            f"--authentication-kubeconfig={cluster.kubeconfig('controllers')}",
            f"--authorization-kubeconfig={cluster.kubeconfig('controllers')}",
            f"--service-account-private-key-file={cluster.pki}/service-accounts.key",
            f"--root-ca-file={cluster.pki}/ca.crt",
            "--leader-elect=false",
            "--use-service-account-credentials=true",
            "--profiling=false",
            f"--controllers={','.join(WORKING_CONTROLLERS)}",
            "--node-monitor-period=20s",
            f"--node-monitor-grace-period={LEASE_SECONDS}s",
            "--kube-api-qps=100",
            "--kube-api-burst=200",
        ),
    )


def scheduler(cluster: Cluster, programs: dict[str, Path]) -> Daemon:
    """The scheduler."""
    config = cluster.kubeconfig("scheduler")
    return Daemon(
        SCHEDULER,
        (
            str(programs["kube-scheduler"]),
            f"--kubeconfig={config}",
            f"--authentication-kubeconfig={config}",
            f"--authorization-kubeconfig={config}",
            "--bind-address=127.0.0.1",
            "--leader-elect=false",
            "--profiling=false",
        ),
    )
