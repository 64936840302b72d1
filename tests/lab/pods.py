"""Real pods in a centre, and what they can open connections to: asked inside of them, answered by the network."""

from __future__ import annotations

import errno
import json
import socket
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

from kubernetes import client, config
from kubernetes.client.exceptions import ApiException
from kubernetes.stream import stream

from lab.box import Box
from lab.namespace import inside
from tests.lab.rig import Rig
from tests.waiting import wait_until

PORT = 8080
OPEN, FENCED, SILENT = "open", "fenced", "silent"
KNOCK = """
import errno, json, socket, sys, threading, time
FENCED = {errno.EHOSTUNREACH, errno.EACCES}  # administratively prohibited, by ICMP and by ICMPv6
def knock(host, port):
    try:
        socket.create_connection((host, port), 2).close()
    except TimeoutError:
        return "silent"
    except OSError as failed:
        return "fenced" if failed.errno in FENCED else errno.errorcode.get(failed.errno, str(failed))
    return "open"
asked, wanted = json.loads(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else ""
until = time.monotonic() + 10
while True:
    found = {}
    lines = [threading.Thread(target=lambda name=name: found.update({name: knock(*asked[name])})) for name in asked]
    [line.start() for line in lines]
    [line.join() for line in lines]
    if not wanted or set(found.values()) == {wanted} or time.monotonic() > until:
        break
    time.sleep(0.02)
print(json.dumps(found))
"""


@dataclass(frozen=True)
class Pod:
    """A running pod and its two addresses."""

    zone: str
    name: str
    ipv4: str
    ipv6: str


class Place:
    """A centre's cluster as its operators reach it."""

    def __init__(self, lab: Rig, centre: str) -> None:
        self._api = config.new_client_from_config(str(lab.access.centres[centre].kubeconfig))
        self.core, self.network = client.CoreV1Api(self._api), client.NetworkingV1Api(self._api)
        self._image = next(system.workload.image for system in lab.city.systems if system.workload)
        self._started: list[tuple[str, str]] = []

    def start(self, zone: str, name: str, labels: Mapping[str, str] | None = None) -> None:
        """Make a pod that listens on port 8080 in both families, and is Ready when its node sees it do so."""
        self._started.append((zone, name))
        closed = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
        size = {"cpu": "150m", "memory": "64Mi"}
        container: dict[str, Any] = {"name": "it", "image": self._image, "imagePullPolicy": "Never", "securityContext": closed}
        user = {"runAsNonRoot": True, "runAsUser": 10001, "seccompProfile": {"type": "RuntimeDefault"}}
        ready = {"tcpSocket": {"port": PORT}, "periodSeconds": 1}
        container |= {"resources": {"requests": size, "limits": size}, "readinessProbe": ready}
        spec = {"containers": [container], "securityContext": user}
        rest = {"terminationGracePeriodSeconds": 0, "automountServiceAccountToken": False, "enableServiceLinks": False}
        self.core.create_namespaced_pod(zone, {"metadata": {"name": name, "labels": dict(labels or {})}, "spec": {**spec, **rest}})

    def pod(self, zone: str, name: str) -> Pod:
        """The pod when it is Ready and has its addresses."""
        until = time.monotonic() + 60
        while True:
            status = self.core.read_namespaced_pod(name, zone).status
            addresses = sorted((each.ip for each in status.pod_ips or ()), key=lambda each: ip_address(each).version)
            if len(addresses) == 2 and any(each.type == "Ready" and each.status == "True" for each in status.conditions or ()):
                return Pod(zone, name, *addresses)
            assert time.monotonic() < until, f"{zone}/{name}: {status}"
            time.sleep(0.1)

    def knock(self, pod: Pod, targets: Mapping[str, tuple[str, int]], *, until: str = "") -> dict[str, str]:
        """What the pod finds at each target: `open`, `fenced`, `silent`; with `until` asked again for so long until all are that."""
        command = ["python3", "-c", KNOCK, json.dumps(targets), until]
        asked = self.core.connect_get_namespaced_pod_exec
        said: Any = stream(
            asked, pod.name, pod.zone, command=command, stdout=True, stderr=True, stdin=False, tty=False, _preload_content=False
        )
        with closing(said), closing(said.sock.sock):  # the client forgets the socket of a connection that the server ended
            said.run_forever(timeout=60)
            assert said.returncode == 0, said.read_all()
            return dict(json.loads(said.read_stdout()))

    @contextmanager
    def opened(self, zone: str, name: str, spec: Mapping[str, Any]) -> Iterator[None]:
        """A NetworkPolicy of somebody's own, as long as the block lasts."""
        self.network.create_namespaced_network_policy(zone, {"metadata": {"name": name}, "spec": dict(spec)})
        try:
            yield
        finally:
            self.network.delete_namespaced_network_policy(name, zone)

    def end(self) -> None:
        """Remove every pod that was started, and wait until they are gone."""
        for zone, name in self._started:
            with suppress(ApiException):
                self.core.delete_namespaced_pod(name, zone, grace_period_seconds=0)
        wait_until(self._there, lambda names: not names, seconds=30, what="pods are gone", pause=0.2)
        self._api.close()

    def _there(self) -> list[str]:
        """The started pods that the API server still has."""
        there = {zone: {pod.metadata.name for pod in self.core.list_namespaced_pod(zone).items} for zone, _name in self._started}
        return [f"{zone}/{name}" for zone, name in self._started if name in there[zone]]


@contextmanager
def listening(box: Box, places: Iterable[tuple[str, str, int]]) -> Iterator[None]:
    """Something listens at these nodes' addresses and ports; the kernel alone accepts."""
    with ExitStack() as stack:
        for node, address, port in places:
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            with inside(box.netns(node)):
                ear = stack.enter_context(socket.socket(family, socket.SOCK_STREAM))
            ear.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                ear.bind((address, port))
            except OSError as refused:
                refused.add_note(f"{address} port {port} at {node}")
                raise
            ear.listen(512)
        yield


def knock_from(box: Box, node: str, pod: Pod, *, port: int = PORT, own: tuple[str, str] = ("", "")) -> dict[str, str]:
    """What a node of the extranet finds at the pod, by family; `own` are the addresses that it speaks from, if it has several."""
    found = {}
    for family, address, source in ((4, pod.ipv4, own[0]), (6, pod.ipv6, own[1])):
        with inside(box.netns(node)):
            line = socket.socket(socket.AF_INET6 if family == 6 else socket.AF_INET, socket.SOCK_STREAM)
        with line:
            line.settimeout(2)
            if source:
                line.bind((source, 0))
            found[f"IPv{family}"] = _outcome(line, address, port)
    return found


def _outcome(line: socket.socket, address: str, port: int) -> str:
    """In the words of `KNOCK`."""
    try:
        line.connect((address, port))
    except TimeoutError:
        return SILENT
    except OSError as failed:
        return FENCED if failed.errno in {errno.EHOSTUNREACH, errno.EACCES} else errno.errorcode[failed.errno or 0]
    return OPEN
