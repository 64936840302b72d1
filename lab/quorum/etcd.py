"""The command line of a centre's etcd member (Debian's 3.4).

It is the quorum that decides who may write: two centres of three. It has ports of its own (12379, 12380) beside the
one that keeps the centre's Kubernetes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lab.quorum.layout import DCS_CLIENT, DCS_PEER

if TYPE_CHECKING:
    from pathlib import Path

    from lab.quorum.layout import Layout, Member


def etcd_argv(layout: Layout, member: Member, data: Path) -> list[str]:
    """Etcd for this member; heartbeats are slower than the default because a laptop's cores are busy.

    A member that comes back asks first whether an election could be won (`--pre-vote`, which etcd 3.4 doesn't do by itself). Else it
    forces one, of two to four seconds and more, in which no primary can renew its lease.
    """
    clients = f"http://{member.lan}:{DCS_CLIENT},{member.dcs}"
    peer = f"http://{member.lan}:{DCS_PEER}"
    cluster = ",".join(f"{each.centre}=http://{each.lan}:{DCS_PEER}" for each in layout.members)
    return [
        "etcd",
        "--name",
        member.centre,
        "--data-dir",
        str(data),
        "--listen-client-urls",
        clients,
        "--advertise-client-urls",
        f"http://{member.lan}:{DCS_CLIENT}",
        "--listen-peer-urls",
        peer,
        "--initial-advertise-peer-urls",
        peer,
        "--initial-cluster",
        cluster,
        "--initial-cluster-token",
        f"citynode-{layout.lab}",
        "--heartbeat-interval",
        "200",
        "--election-timeout",
        "2000",
        "--pre-vote",
        "--auto-compaction-retention",
        "1",
        "--quota-backend-bytes",
        str(256 * 1024**2),
    ]
