"""A bare Kubernetes control plane of this machine's own: real etcd, API server and controllers, no node. Up in seconds.

Benchmarks of the stacks and the contract tests of the provider run against it: what they ask of a cluster needs no node.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from engines.resolve import ensure
from ops.errors import CitynodeError
from ops.progress import Silent
from stacks.cluster.client import Cluster
from stacks.cluster.login import read_login

PROGRAMS = ("kube-apiserver", "kube-controller-manager")
CONTROLLERS = (
    "namespace-controller,serviceaccount-controller,resourcequota-controller,garbage-collector-controller,"
    "deployment-controller,replicaset-controller,statefulset-controller,job-controller"
)
RUNTIME = {"GOGC": "400", "GOMAXPROCS": "2"}
"""A cluster of minutes has memory to spare: garbage is collected rarely, which takes a fifth off a start."""


def free_ports() -> tuple[int, int, int]:
    """Three ports of the loopback that nobody listens on."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(3)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports[0], ports[1], ports[2]


@dataclass(slots=True)
class ControlPlane:
    """One cluster without nodes, reached on the loopback."""

    folder: Path
    token: str = field(default_factory=lambda: secrets.token_hex(16))
    ports: tuple[int, int, int] = field(default_factory=free_ports)
    _running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def kubeconfig(self) -> Path:
        return self.folder / "kubeconfig"

    def up(self, *, controllers: bool = True) -> None:
        """Start what isn't running; return when the API server is ready."""
        programs = ensure(PROGRAMS, Silent())
        self.folder.mkdir(parents=True, exist_ok=True)
        etcd, peer, api = self.ports
        key = self.folder / "accounts.key"
        if not key.exists():
            key.write_bytes(_new_key())
        (self.folder / "tokens.csv").write_text(f"{self.token},operator,1,system:masters\n")
        self._start("etcd", _etcd(self.folder, etcd, peer))
        self._start("api", _api(str(programs["kube-apiserver"]), self.folder, etcd=etcd, port=api))
        self._write_kubeconfig(api)
        self._wait_ready()
        if controllers:
            self._start("controllers", _controllers(str(programs["kube-controller-manager"]), self.folder))

    def stop(self, name: str) -> None:
        """End one of its programs as a failure of the machine would."""
        program = self._running.pop(name, None)
        if program is not None:
            program.send_signal(signal.SIGKILL)
            program.wait()

    def down(self) -> None:
        """End everything."""
        for name in tuple(self._running):
            self.stop(name)

    def _start(self, name: str, argv: list[str]) -> None:
        if name not in self._running:
            with (self.folder / f"{name}.log").open("ab") as log:
                self._running[name] = subprocess.Popen(
                    argv, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env={**RUNTIME, **os.environ}, start_new_session=True
                )

    def _write_kubeconfig(self, port: int) -> None:
        self.kubeconfig.write_text(
            f"""apiVersion: v1
kind: Config
current-context: here
contexts: [{{name: here, context: {{cluster: here, user: operator}}}}]
clusters: [{{name: here, cluster: {{server: "https://127.0.0.1:{port}", certificate-authority: pki/apiserver.crt}}}}]
users: [{{name: operator, user: {{token: {self.token}}}}}]
"""
        )

    def _wait_ready(self, seconds: float = 60) -> None:
        end = time.monotonic() + seconds
        while True:
            try:
                Cluster(read_login(str(self.kubeconfig)), threads=1).request("GET", "/api/v1/namespaces/kube-system")
            except (CitynodeError, OSError):
                if time.monotonic() > end or self._running["api"].poll() is not None:
                    raise CitynodeError("the API server did not come up", why=(self.folder / "api.log").read_text()[-2000:]) from None
                time.sleep(0.1)
            else:
                return


@contextmanager
def control_plane(folder: Path, *, controllers: bool = True) -> Iterator[ControlPlane]:
    """A running control plane that ends with the block."""
    plane = ControlPlane(folder)
    try:
        plane.up(controllers=controllers)
        yield plane
    finally:
        plane.down()
        shutil.rmtree(folder / "etcd", ignore_errors=True)


def _new_key() -> bytes:
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )


def _etcd(folder: Path, port: int, peer: int) -> list[str]:
    client, other = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{peer}"
    return [
        "etcd", f"--data-dir={folder}/etcd", "--unsafe-no-fsync", "--log-level=error", f"--listen-client-urls={client}",
        f"--advertise-client-urls={client}", f"--listen-peer-urls={other}", f"--initial-advertise-peer-urls={other}",
        f"--initial-cluster=default={other}",
    ]  # fmt: skip


def _api(program: str, folder: Path, *, etcd: int, port: int) -> list[str]:
    return [
        program, f"--etcd-servers=http://127.0.0.1:{etcd}", f"--secure-port={port}", "--bind-address=127.0.0.1", f"--cert-dir={folder}/pki",
        f"--token-auth-file={folder}/tokens.csv", "--authorization-mode=RBAC", "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={folder}/accounts.key", f"--service-account-signing-key-file={folder}/accounts.key",
        "--service-cluster-ip-range=10.0.0.0/24", "--endpoint-reconciler-type=none", "--enable-priority-and-fairness=false",
        "--profiling=false",
    ]  # fmt: skip


def _controllers(program: str, folder: Path) -> list[str]:
    return [
        program, f"--kubeconfig={folder}/kubeconfig", f"--service-account-private-key-file={folder}/accounts.key", "--leader-elect=false",
        "--secure-port=0", f"--controllers={CONTROLLERS}", "--kube-api-qps=200", "--kube-api-burst=400",
        "--concurrent-resource-quota-syncs=10",
    ]  # fmt: skip
