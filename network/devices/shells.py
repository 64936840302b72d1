"""Hosts as the network's operators reach them: a shell on each, over SSH, by the hosts' login. Host keys are checked.

`Shells` is the narrow interface; the real one runs OpenSSH, the one in memory answers from a function.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv4Address
from pathlib import Path
from typing import Protocol, TypeVar

from network.devices.openssh import ssh_command
from network.devices.ssh import check_login_files
from network.errors import DeviceUnreachable, HostKeyRefused, LoginRefused
from ops.access import Access
from ops.errors import CitynodeError, UsageProblem
from ops.language import _
from ops.process import Command
from ops.suggest import unknown

Item = TypeVar("Item")
Value = TypeVar("Value")
REMOTE = Path(__file__).parent.parent / "remote"


class HostFailed(CitynodeError):
    """What was asked of a host did not succeed there."""


class Shells(Protocol):
    """Something that can run lines on hosts."""

    def run(self, host: str, script: str, *, timeout: float = 60.0) -> str:
        """What the shell's lines print; raises `Unreachable` when the host can't be asked, HostFailed when a line failed."""

    def python(self, host: str, program: str, *arguments: str, timeout: float = 60.0) -> str:
        """What one of the programs in `remote` prints there."""


class SshShells:
    """Shells by OpenSSH."""

    def __init__(self, addresses: Mapping[str, IPv4Address], access: Access) -> None:
        if access.host_ssh is None:
            raise UsageProblem(_("nothing says how to log in to hosts"), hint=_("set `host_ssh` in the access file"))
        self._addresses = addresses
        self._login = access.host_ssh
        check_login_files(access.host_ssh, "host_ssh")

    def run(self, host: str, script: str, *, timeout: float = 60.0) -> str:
        return self._ask(host, "sh -s", f"set -e\n{script}\n", timeout)

    def python(self, host: str, program: str, *arguments: str, timeout: float = 60.0) -> str:
        line = "$(command -v /usr/bin/python3 || command -v python3) - " + shlex.join(arguments)
        return self._ask(host, line, (REMOTE / program).read_text(encoding="utf-8"), timeout)

    def _ask(self, host: str, line: str, text: str, timeout: float) -> str:
        if host not in self._addresses:
            raise unknown("host", host, self._addresses)
        done = Command(
            (*ssh_command(self._login, self._addresses[host]), line),
            allowed=tuple(range(256)),
            stdin=text,
            timeout=timeout,
            error=DeviceUnreachable,
        ).run()
        if done.code == 255:
            raise _unreachable(host, done.stderr)
        if done.code != 0:
            why = " / ".join((done.stderr or done.stdout).strip().splitlines()[-2:])
            raise HostFailed(_("{host} could not do its part").format(host=host), why=why or _("exit code {code}").format(code=done.code))
        return done.stdout


class FakeShells:
    """Answers from a function of (host, script or program, arguments): how it looks is up to the test."""

    def __init__(self, answer: Callable[[str, str, tuple[str, ...]], str]) -> None:
        self._answer = answer
        self.asked: list[tuple[str, str]] = []

    def run(self, host: str, script: str, *, timeout: float = 60.0) -> str:
        self.asked.append((host, script))
        return self._answer(host, script, ())

    def python(self, host: str, program: str, *arguments: str, timeout: float = 60.0) -> str:
        self.asked.append((host, program))
        return self._answer(host, program, arguments)


def side_by_side(work: Callable[[Item], Value], items: Iterable[Item]) -> list[Value]:
    """The work done for every item at once, in the items' order; the first failure is raised when all are done."""
    with ThreadPoolExecutor(8) as pool:
        return [job.result() for job in [pool.submit(work, item) for item in items]]


def _unreachable(host: str, said: str) -> CitynodeError:
    last = said.strip().splitlines()[-1] if said.strip() else _("it said nothing")
    if "Host key verification failed" in said or "IDENTIFICATION HAS CHANGED" in said:
        return HostKeyRefused(
            _("the host key of {where} can't be trusted").format(where=host), why=last, hint=_("compare it on the console first")
        )
    if "Permission denied" in said:
        return LoginRefused(_("{where} refused the login").format(where=host), why=last, hint=_("check `host_ssh` in the access file"))
    return DeviceUnreachable(_("{where} does not answer").format(where=host), why=last, hint=_("citynode lab status"))
