"""A Kubernetes cluster in every centre: etcd, API server, controllers, scheduler, kubelet and containerd of its own.

Pods get addresses out of the centre's range and are reached over the extranet like any host. There is no kube-proxy: use
headless services or the pods' own addresses. NetworkPolicies are enforced by the part `fences`.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import ClassVar

from engines.resolve import ensure
from lab.box import Box
from lab.clusters import cleanup, health, start
from lab.clusters.identities import OPERATOR
from lab.clusters.images.build import images
from lab.clusters.layout import Cluster, clusters_of
from lab.clusters.programs import KUBERNETES
from lab.namespace import inside
from lab.part import AccessPatch, Health
from ops.language import _
from ops.progress import Progress


class Clusters:
    """The clusters of all centres that have power."""

    name: ClassVar[str] = "clusters"
    after: ClassVar[tuple[str, ...]] = ("wires", "sites")

    def up(self, box: Box, progress: Progress) -> None:
        """Start them side by side; return when every node is Ready."""
        clusters = tuple(cluster for cluster in clusters_of(box) if not box.is_off(cluster.centre))
        paths = ensure(KUBERNETES, progress)
        made = images(box.city, progress)
        for cluster in clusters:
            start.prepare(cluster)
            start.start_base(box, cluster, paths)

        def finish(cluster: Cluster) -> str:
            with inside(box.netns(cluster.centre)):  # a dark centre's API server answers whoever is in it
                start.finish(box, cluster, paths, made)
            return cluster.centre

        with ThreadPoolExecutor(max(1, len(clusters))) as pool:
            for number, centre in enumerate(pool.map(finish, clusters), 1):
                progress.step(_("{centre} is Ready").format(centre=centre), done=number, total=len(clusters))

    def status(self, box: Box) -> list[Health]:
        """One row a centre."""
        clusters = clusters_of(box)
        with ThreadPoolExecutor(max(1, len(clusters))) as pool:
            return [health.judge(*each) for each in zip(clusters, pool.map(lambda each: health.look(box, each), clusters), strict=True)]

    def access(self, box: Box) -> AccessPatch:
        """The operators' way in: the management network and a client certificate; and where local volumes lie."""
        return {
            "centres": {
                cluster.centre: {
                    "address": str(cluster.management),
                    "kubeconfig": str(cluster.kubeconfig(OPERATOR)),
                    "volumes": str(box.dir(cluster.centre, "volumes")),
                }
                for cluster in clusters_of(box)
            }
        }

    def down(self, box: Box) -> None:
        """End pods, shims, mounts and control groups."""
        for cluster in clusters_of(box):
            cleanup.end(box, cluster)
