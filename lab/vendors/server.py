"""An SSH server in front of a device: host key, one user with one key, a shell; and a fleet of them on this machine."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import paramiko

from city.model import Dialect
from lab.vendors.box import VendorBox
from lab.vendors.comware7 import Comware7Shell
from lab.vendors.console import Console, HungUp
from lab.vendors.shell import Shell
from lab.vendors.vrp5 import Vrp5Shell
from lab.vendors.vrp8 import Vrp8Shell

SHELLS: dict[Dialect, type[Shell]] = {Dialect.VRP8: Vrp8Shell, Dialect.VRP5: Vrp5Shell, Dialect.COMWARE7: Comware7Shell}
GONE = (OSError, EOFError, HungUp, paramiko.SSHException)


class _Doorman(paramiko.ServerInterface):
    """Lets one user in with one key, and gives them a shell."""

    def __init__(self, user: str, key: paramiko.PKey) -> None:
        self._user = user
        self._key = key
        self.wants_shell = threading.Event()

    def get_allowed_auths(self, username: str) -> str:
        return "publickey"

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        fits = username == self._user and key == self._key
        return paramiko.common.AUTH_SUCCESSFUL if fits else paramiko.common.AUTH_FAILED

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return paramiko.common.OPEN_SUCCEEDED if kind == "session" else paramiko.common.OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED

    def check_channel_pty_request(
        self, channel: paramiko.Channel, term: bytes, width: int, height: int, pixelwidth: int, pixelheight: int, modes: bytes
    ) -> bool:
        return True

    def check_channel_shell_request(self, channel: paramiko.Channel) -> bool:
        self.wants_shell.set()
        return True


@dataclass(frozen=True, slots=True)
class Account:
    """Who may log in."""

    user: str
    key: paramiko.PKey


class VendorServer:
    """One device's server; `close` ends it and every session."""

    def __init__(self, box: VendorBox, dialect: Dialect, address: tuple[str, int], host_key: paramiko.PKey, account: Account) -> None:
        self.box = box
        self._shell = SHELLS[dialect]
        self._host_key = host_key
        self._account = account
        self._open: list[paramiko.Transport] = []
        self._address = address
        self._socket = self._listen()
        self._is_closed = False
        threading.Thread(target=self._accept, name=f"vendor-{box.name}", daemon=True).start()

    def _listen(self) -> socket.socket:
        return socket.create_server(self._address, backlog=64)

    def close(self) -> None:
        self._is_closed = True
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for transport in self._open:
            transport.close()

    def _accept(self) -> None:
        while True:
            try:
                line, _from = self._socket.accept()
            except OSError:
                return
            most = self.box.traps.most_logins
            if self.box.is_away or (most and self.box.sessions >= most):
                line.close()
                continue
            self.box.sessions += 1
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # an echo and a prompt are two small packets
            threading.Thread(target=self._serve, args=(line,), name=f"session-{self.box.name}", daemon=True).start()
            if self.box.traps.deaf:
                self._restart(self.box.traps.deaf)

    def _restart(self, seconds: float) -> None:
        """Take no connection for so long."""
        self.box.traps.deaf = 0.0
        self._socket.close()
        time.sleep(seconds)
        if not self._is_closed:
            self._socket = self._listen()

    def _serve(self, line: socket.socket) -> None:
        transport = paramiko.Transport(line)
        self._open = [other for other in self._open if other.is_active()] + [transport]
        transport.add_server_key(self._host_key)
        doorman = _Doorman(self._account.user, self._account.key)
        try:
            transport.start_server(server=doorman)
            channel = transport.accept(20)
            if channel is None or not doorman.wants_shell.wait(10):
                return
            self._shell(self.box, Console(channel, self.box.traps), self._account.user).run()
        except GONE:
            pass
        finally:
            transport.close()
            self.box.sessions -= 1


@contextmanager
def serving(boxes: Mapping[str, tuple[VendorBox, Dialect, str]], account: Account, known_hosts: Path, *, port: int) -> Iterator[None]:
    """Every device on its address until the block ends; their host keys stand in the file."""
    host_key = paramiko.ECDSAKey.generate()
    known_hosts.write_text("".join(f"[{host}]:{port} {host_key.get_name()} {host_key.get_base64()}\n" for _b, _d, host in boxes.values()))
    servers = []
    try:
        for box, dialect, host in boxes.values():
            servers.append(VendorServer(box, dialect, (host, port), host_key, account))
        yield
    finally:
        for server in servers:
            server.close()
