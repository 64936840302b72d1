"""Who talks to whom in a cluster, as certificates and kubeconfig files.

Operators come as `citynode:operators`, a group that RBAC makes administrators (and can unmake); the all-powerful
`system:masters` signs in once, to say so, as kubeadm does it.
"""

from __future__ import annotations

import json
from base64 import b64encode
from ipaddress import IPv4Address
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec

from lab.clusters.certificates import Authority, Identity, Pair, save_key
from lab.clusters.layout import OPERATORS, VIEWERS, Cluster

BOOTSTRAP: Final = "bootstrap"
OPERATOR: Final = "operator"
VIEWER: Final = "viewer"
KUBELET_CLIENT: Final = "citynode:api-to-kubelet"

CLIENTS: Final = (
    (BOOTSTRAP, "citynode:bootstrap", "system:masters"),
    (OPERATOR, "citynode:operator", OPERATORS),
    (VIEWER, "citynode:viewer", VIEWERS),
    ("controllers", "system:kube-controller-manager", ""),
    ("scheduler", "system:kube-scheduler", ""),
)
"""File, user and group of everyone who comes with a client certificate, but for the node."""


def make_identities(cluster: Cluster) -> Authority:
    """Everything under `pki/`: the authority, certificates, kubeconfig files, the key that signs service accounts' tokens."""
    authority = Authority(cluster.pki, f"{cluster.lab} {cluster.centre}")
    for who in servers(cluster):
        authority.issue(who)
    authority.issue(Identity("api-to-kubelet", KUBELET_CLIENT))
    for file, name, group in (*CLIENTS, ("kubelet", f"system:node:{cluster.node}", "system:nodes")):
        pair = authority.issue(Identity(file, name, group))
        outer = file in {BOOTSTRAP, OPERATOR, VIEWER}
        write_kubeconfig(cluster, file, pair, cluster.outer_api if outer else cluster.api)
    tokens = cluster.pki / "service-accounts.key"
    if not tokens.is_file():
        save_key(ec.generate_private_key(ec.SECP256R1()), tokens)
    return authority


def servers(cluster: Cluster) -> tuple[Identity, Identity]:
    """The API server and the kubelet, with every name and address that they are reached by."""
    places = (cluster.address, cluster.address6, cluster.management)
    first = cluster.services.network_address + 1
    local = ("kubernetes", "kubernetes.default", "kubernetes.default.svc", "localhost", f"api.{cluster.centre}.{cluster.domain}")
    return (
        Identity("api", "kube-apiserver", hosts=local, addresses=(*places, first, IPv4Address("127.0.0.1"))),
        Identity("node", cluster.node, hosts=(cluster.node,), addresses=places),
    )


def write_kubeconfig(cluster: Cluster, who: str, pair: Pair, server: str) -> Path:
    """A kubeconfig file that holds all it needs and checks the server strictly."""
    context = f"{cluster.lab}-{cluster.centre}"
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": context,
        "clusters": [{"name": context, "cluster": {"server": server, "certificate-authority-data": _inline(cluster.pki / "ca.crt")}}],
        "users": [{"name": who, "user": {"client-certificate-data": _inline(pair.certificate), "client-key-data": _inline(pair.key)}}],
        "contexts": [{"name": context, "context": {"cluster": context, "user": who}}],
    }
    path, text = cluster.kubeconfig(who), json.dumps(config, indent=1)
    if not path.is_file() or path.read_text() != text:
        path.touch(mode=0o600)
        path.write_text(text)
    return path


def _inline(path: Path) -> str:
    return b64encode(path.read_bytes()).decode()
