"""The configuration files of a cluster's programs. Pure; JSON where YAML is asked for, which it is.

The lab's limits stand here: no CAP_SYS_RESOURCE (so no OOM scores), a hybrid cgroup layout (so cgroupfs and no QoS groups),
one node, images that were put there and are never pulled.
"""

from __future__ import annotations

import json
from typing import Final

from lab.clusters.images.names import PAUSE
from lab.clusters.layout import KUBELET_PORT, Cluster

POD_STANDARD: Final = "baseline"
"""The pod security standard that every namespace is held to unless its labels say otherwise; `restricted` is warned of."""
LEASE_SECONDS: Final = 120
"""How long a node counts as alive after it was last heard of: a lab idles, and each sign of life costs processor time."""


def containerd_config(cluster: Cluster) -> str:
    """The runtime's own TOML: folders, socket and network of this cluster alone."""
    home = cluster.home
    return f"""version = 2
root = "{home}/containerd"
state = "{home}/state"
disabled_plugins = ["io.containerd.internal.v1.opt", "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs", "io.containerd.tracing.processor.v1.otlp"]
[grpc]
  address = "{cluster.socket}"
[plugins."io.containerd.grpc.v1.cri"]
  restrict_oom_score_adj = true
  sandbox_image = "{PAUSE}"
  netns_mounts_under_state_dir = true
  stats_collect_period = 60
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "{home}/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
"""


def network_config(cluster: Cluster) -> str:
    """The pods' network (CNI): a cable from the node to each pod, addresses of both families, routed, not masked.

    Cables instead of a bridge, so that the node routes, and its fences see, whatever two of its own pods say to each other.
    """
    cable = {
        "type": "ptp",
        "ipMasq": False,
        "ipam": {
            "type": "host-local",
            "dataDir": f"{cluster.home}/addresses",
            "ranges": [[{"subnet": str(cluster.pods)}], [{"subnet": str(cluster.pods6)}]],
            "routes": [{"dst": "0.0.0.0/0"}, {"dst": "::/0"}],
        },
    }
    return json.dumps({"cniVersion": "0.4.0", "name": "pods", "plugins": [cable]}, indent=1)


def kubelet_config(cluster: Cluster) -> str:
    """The node agent's configuration."""
    return json.dumps(
        {
            "apiVersion": "kubelet.config.k8s.io/v1beta1",
            "kind": "KubeletConfiguration",
            "address": str(cluster.address),
            "port": KUBELET_PORT,
            "readOnlyPort": 0,
            "healthzPort": 0,
            "authentication": {
                "anonymous": {"enabled": False},
                "webhook": {"enabled": True},
                "x509": {"clientCAFile": f"{cluster.pki}/ca.crt"},
            },
            "authorization": {"mode": "Webhook"},
            "tlsCertFile": f"{cluster.pki}/node.crt",
            "tlsPrivateKeyFile": f"{cluster.pki}/node.key",
            "containerRuntimeEndpoint": f"unix://{cluster.socket}",
            "cgroupDriver": "cgroupfs",
            "cgroupRoot": cluster.cgroup,
            "cgroupsPerQOS": False,
            "failCgroupV1": False,
            "enforceNodeAllocatable": [],
            "failSwapOn": False,
            "evictionHard": {},
            "localStorageCapacityIsolation": False,
            "makeIPTablesUtilChains": False,
            "podLogsDir": f"{cluster.home}/pod-logs",
            "volumePluginDir": f"{cluster.home}/volume-plugins",
            "resolvConf": f"{cluster.home}/resolv.conf",
            "clusterDNS": [str(server) for server in cluster.name_servers],
            "clusterDomain": f"{cluster.centre}.{cluster.domain}",
            "imageGCHighThresholdPercent": 100,
            "imageGCLowThresholdPercent": 99,
            "serializeImagePulls": False,
            "nodeLeaseDurationSeconds": LEASE_SECONDS,
            "nodeStatusUpdateFrequency": "30s",
            "nodeStatusReportFrequency": "5m",
            "syncFrequency": "2m",
            "fileCheckFrequency": "0s",
            "httpCheckFrequency": "0s",
            "volumeStatsAggPeriod": "-1s",
            "containerLogMonitorInterval": "60s",
            "shutdownGracePeriod": "0s",
            "enableDebuggingHandlers": True,
            "logging": {"verbosity": 0},
            "maxPods": 110,
            "registerNode": True,
            "rotateCertificates": False,
            "enableProfilingHandler": False,
        },
        indent=1,
    )


def admission_config() -> str:
    """Pod security admission for every namespace that doesn't say otherwise."""
    defaults = {"enforce": POD_STANDARD, "enforce-version": "latest", "warn": "restricted", "warn-version": "latest"}
    security = {"apiVersion": "pod-security.admission.config.k8s.io/v1", "kind": "PodSecurityConfiguration", "defaults": defaults}
    return json.dumps(
        {
            "apiVersion": "apiserver.config.k8s.io/v1",
            "kind": "AdmissionConfiguration",
            "plugins": [{"name": "PodSecurity", "configuration": security}],
        },
        indent=1,
    )


def resolver_config(cluster: Cluster) -> str:
    """Name servers of pods: the extranet's own."""
    return "".join(f"nameserver {server}\n" for server in cluster.name_servers) + f"search {cluster.domain}\noptions timeout:1 attempts:2\n"
