"""Bring one cluster up: the order in which its programs can be started, and what each waits for.

    files and keys -> etcd, API server, containerd -> images and first rules -> kubelet, controllers, scheduler -> node Ready

Everything may be run again at any time: what runs stays, what is missing is started.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from lab.clusters import config, programs
from lab.clusters.client import Client, NoAnswer, Refused
from lab.clusters.health import node_ready
from lab.clusters.identities import BOOTSTRAP, make_identities
from lab.clusters.images.build import Image
from lab.clusters.layout import Cluster
from lab.clusters.programs import Daemon
from lab.clusters.rules import set_rules
from lab.errors import LabFailed
from lab.starting import not_up, wait_up
from ops.errors import TimedOut
from ops.language import _

if TYPE_CHECKING:
    from lab.box import Box

PATIENCE: Final = 180.0
STUCK_AFTER: Final = 10.0
"""Seconds after which a node that isn't Ready gets its kubelet started anew, if it is the case that this helps."""
RUNTIME: Final = {"GOGC": "200", "GOMAXPROCS": "2"}
"""Of Go: at 75 an API server has a sixth less memory (265 of 318 MB) and takes a second more of processor time to start."""


def prepare(cluster: Cluster) -> None:
    """Write keys, certificates and configuration files; the folder's path was checked before anything came up."""
    cluster.home.mkdir(parents=True, exist_ok=True)
    (cluster.home / "cni").mkdir(exist_ok=True)
    make_identities(cluster)
    for name, text in {
        "containerd.toml": config.containerd_config(cluster),
        "cni/10-pods.conflist": config.network_config(cluster),
        "kubelet.json": config.kubelet_config(cluster),
        "admission.json": config.admission_config(),
        "resolv.conf": config.resolver_config(cluster),
    }.items():
        (cluster.home / name).write_text(text)


def start_base(box: Box, cluster: Cluster, paths: dict[str, Path]) -> None:
    """Start what waits for nothing."""
    for daemon in (programs.etcd(cluster), programs.containerd(cluster), programs.api(cluster, paths)):
        spawn(box, cluster, daemon)


def finish(box: Box, cluster: Cluster, paths: dict[str, Path], images: Iterable[Image]) -> None:
    """Images, rules, and everything that needs the API server; returns when the node is Ready."""
    _wait(box, cluster, programs.CONTAINERD, "containerd's socket", lambda: _listens(cluster.socket))
    for image in images:
        import_image(box, cluster, image)
    client = Client(cluster, BOOTSTRAP)
    _wait(box, cluster, programs.API, "an API server that is ready", lambda: _is_ready(client))
    set_rules(client)
    for daemon in (programs.kubelet(cluster, paths), programs.controllers(cluster, paths), programs.scheduler(cluster, paths)):
        spawn(box, cluster, daemon)
    _await_node(box, cluster, client, programs.kubelet(cluster, paths))


def spawn(box: Box, cluster: Cluster, daemon: Daemon) -> None:
    """Start the program unless it runs."""
    box.spawn(cluster.centre, daemon.name, daemon.argv, env={**RUNTIME, **daemon.env}, cwd=cluster.home)


def import_image(box: Box, cluster: Cluster, image: Image) -> None:
    """Put the image into the centre's containerd, once."""
    done = cluster.home / "images" / image.file.name
    if done.exists():
        return
    box.run(
        cluster.centre,
        ("ctr", "--address", str(cluster.socket), "--namespace", "k8s.io", "images", "import", str(image.file)),
        timeout=120,
        error=LabFailed,
        hint=_("citynode lab up goes on from here"),
    )
    done.parent.mkdir(exist_ok=True)
    done.touch()


def _await_node(box: Box, cluster: Cluster, client: Client, kubelet: Daemon) -> None:
    """Wait for the node; a kubelet that met the API server in its first moments may need a second start."""
    log, begun, restarted = box.log(cluster.centre, kubelet.name), time.monotonic(), False
    while not node_ready(client.get("/api/v1/nodes")["items"])[0]:
        waited = time.monotonic() - begun
        if waited > PATIENCE:
            raise not_up(box, cluster.centre, kubelet.name, _missing(cluster, "a Ready node"), error=TimedOut)
        if waited > STUCK_AFTER and not restarted and "failed to initialize CSINode" in log.read_text(errors="replace"):
            box.stop(cluster.centre, kubelet.name)
            restarted = True
        spawn(box, cluster, kubelet)
        time.sleep(0.3)


def _wait(box: Box, cluster: Cluster, process: str, what: str, is_reached: Callable[[], bool]) -> None:
    wait_up(box, cluster.centre, process, is_reached, failed=_missing(cluster, what), patience=PATIENCE, error=TimedOut)


def _missing(cluster: Cluster, what: str) -> str:
    return _("{centre} did not get {what}").format(centre=cluster.centre, what=what)


def _listens(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(str(path))
        except OSError:
            return False
    return True


def _is_ready(client: Client) -> bool:
    try:
        return str(client.get("/readyz")).strip() == "ok"
    except (NoAnswer, Refused):
        return False
