"""The lab's part `fences`: in every centre a small agent that enforces the cluster's NetworkPolicies with nftables.

It stands where a CNI plugin's agent stands in a real centre. Nothing is left of it: its process is the box's, its table lies in
the node's network namespace and goes with it.
"""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import ClassVar, Final

from lab.box import Box
from lab.clusters.layout import API_PORT, Cluster, clusters_of
from lab.fences import health
from lab.fences.health import AGENT
from lab.fences.login import sign_in
from lab.fences.settings import Settings
from lab.part import AccessPatch, Health
from lab.starting import wait_up
from ops.language import _
from ops.progress import Progress

PATIENCE: Final = 60.0
HOME: Final = Path(__file__).resolve().parents[2]
"""Where the agent's own code is."""


class Fences:
    """The agents of all centres that have power."""

    name: ClassVar[str] = "fences"
    after: ClassVar[tuple[str, ...]] = ("clusters",)

    def up(self, box: Box, progress: Progress) -> None:
        """Start those that don't run; return when each one's rules are in force."""
        clusters = tuple(cluster for cluster in clusters_of(box) if not box.is_off(cluster.centre))
        for cluster in clusters:
            start(box, cluster)
        for number, cluster in enumerate(clusters, 1):
            await_rules(box, cluster)
            progress.step(_("{centre} is fenced").format(centre=cluster.centre), done=number, total=len(clusters))

    def status(self, box: Box) -> list[Health]:
        """One row a centre."""
        clusters = clusters_of(box)
        with ThreadPoolExecutor(max(1, len(clusters))) as pool:
            return list(pool.map(lambda each: health.judge(each.centre, health.look(box, each)), clusters))

    def access(self, box: Box) -> AccessPatch:
        """Nothing: nobody reaches it."""
        return {}

    def down(self, box: Box) -> None:
        """Nothing: the box ends its process, and its table ends with the namespace."""


def start(box: Box, cluster: Cluster) -> None:
    """Start the centre's agent unless it runs."""
    if box.alive(cluster.centre, AGENT):
        return
    login, folder = sign_in(cluster), health.folder_of(box, cluster)
    settings = Settings(
        centre=cluster.centre,
        server="127.0.0.1",
        port=API_PORT,
        authority=str(cluster.pki / "ca.crt"),
        certificate=str(login.certificate),
        key=str(login.key),
        ranges=(str(cluster.pods), str(cluster.pods6)),
        told=str(folder / health.TOLD),
    )
    settings.write(folder / "settings.json")
    (folder / health.TOLD).unlink(missing_ok=True)  # what the one before it told
    box.spawn(cluster.centre, AGENT, (sys.executable, "-m", "lab.fences.agent", str(folder / "settings.json")), cwd=HOME)


def await_rules(box: Box, cluster: Cluster) -> None:
    """Return when the running agent's rules are in the kernel."""

    def look() -> health.Seen:
        return health.look(box, cluster)

    failed = _("{centre} did not get its fences").format(centre=cluster.centre)
    is_up, trouble = (lambda: look().is_enforced), (lambda: look().trouble)
    wait_up(box, cluster.centre, AGENT, is_up, failed=failed, patience=PATIENCE, trouble=trouble)
