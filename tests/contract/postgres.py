"""A PostgreSQL server of a test's own, on a port of the loopback that the kernel gave: up when it is handed over, gone behind it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

BINARIES = Path("/usr/lib/postgresql/15/bin")
"""Debian 12's."""
PATIENCE = 60.0
"""Seconds that a busy machine may take until the server answers."""


@contextmanager
def postgresql() -> Iterator[str]:
    """The server's place, `USER@HOST:PORT`; whoever connects is believed."""
    if not (BINARIES / "initdb").exists():
        pytest.skip("PostgreSQL 15 isn't installed on this machine")
    folder = Path(tempfile.mkdtemp(prefix="cn-"))  # the owner of the server gets into no folder of pytest's
    try:
        folder.chmod(0o755)
        data, log = folder / "data", folder / "log"
        as_owner = []
        if os.geteuid() == 0:
            as_owner = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
            shutil.chown(folder, "postgres", "postgres")
        subprocess.run(
            [*as_owner, BINARIES / "initdb", "-D", data, "-A", "trust", "-U", "owner", "-N"], check=True, capture_output=True, cwd="/"
        )
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        argv = [*as_owner, BINARIES / "postgres", "-D", data, "-p", str(port), "-k", folder, "-c", "listen_addresses=127.0.0.1", "-F"]
        with log.open("wb") as out, subprocess.Popen(argv, stdout=out, stderr=out, cwd="/") as server:
            try:
                _await_ready(log, server)
                yield f"owner@127.0.0.1:{port}"
            finally:
                server.send_signal(signal.SIGINT)  # a fast shutdown; SIGTERM would wait for clients
    finally:
        shutil.rmtree(folder)


def _await_ready(log: Path, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + PATIENCE
    while "ready to accept" not in (said := log.read_text(encoding="utf-8", errors="replace")):
        assert server.poll() is None, said
        assert time.monotonic() < until, said
        time.sleep(0.05)
