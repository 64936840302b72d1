"""Things that listen on a port of this machine as services of departments do, and shells that run our programs here."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from threading import Event, Thread

from network.devices.shells import REMOTE, HostFailed

PAGE = b"HTTP/1.0 200 OK\r\n\r\n"


def _hangs_up(line: socket.socket, _over: Event) -> None:
    line.recv(200)


def _is_silent(_line: socket.socket, over: Event) -> None:
    over.wait(20)


def _says(text: bytes) -> Callable[[socket.socket, Event], None]:
    def serve(line: socket.socket, _over: Event) -> None:
        line.recv(200)
        line.sendall(text)

    return serve


KINDS: Mapping[str, Callable[[socket.socket, Event], None]] = {
    "database": _hangs_up,
    "silent": _is_silent,
    "ssh": _says(b"SSH-2.0-OpenSSH_9.2\r\n"),
    "page": _says(PAGE + b"<html>hello</html>"),
    "refusal": _says(b"HTTP/1.0 404 Not Found\r\n\r\n"),
    "list": _says(PAGE + b"[1, 2]"),
    "other": _says(PAGE + b'{"service": "somebody-else"}'),
    "named": _says(PAGE + b'{"service": "finance-budget"}'),
}
"""What a connection is met with: PostgreSQL and LDAP hang up on what they don't understand."""


@contextmanager
def listening(kind: str) -> Iterator[int]:
    """The port of a service of this kind."""
    over = Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            while not over.is_set():
                try:
                    line, _from = server.accept()
                except OSError:
                    return
                Thread(target=serve, args=(line,), daemon=True).start()

        def serve(line: socket.socket) -> None:
            with line:
                KINDS[kind](line, over)

        Thread(target=accept, daemon=True).start()
        yield server.getsockname()[1]
        over.set()


class OwnShells:
    """Every host is this machine."""

    def run(self, host: str, script: str, *, timeout: float = 60.0) -> str:
        raise NotImplementedError

    def python(self, host: str, program: str, *arguments: str, timeout: float = 60.0) -> str:
        done = subprocess.run([sys.executable, REMOTE / program, *arguments], capture_output=True, text=True, timeout=timeout, check=False)
        if done.returncode:
            raise HostFailed(host, why=done.stderr.strip())
        return done.stdout
