"""A department's or centre's host over SSH: run programs, carry small files.

Host keys are always checked against the access file's known hosts. It refuses a host whose key is unknown or changed,
and never asks for a password.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import TYPE_CHECKING

from ops.access import Ssh
from ops.errors import CitynodeError, TimedOut, Unreachable
from ops.language import _

if TYPE_CHECKING:
    import paramiko

@dataclass(frozen=True, slots=True)
class Ran:
    code: int
    stdout: str
    stderr: str


class Host:
    """An open SSH connection to a site's host."""

    def __init__(self, site: str, client: paramiko.SSHClient) -> None:
        self.site = site
        self._client = client

    def run(self, argv: Sequence[str] | str, *, stdin: str = "", allowed: tuple[int, ...] | None = (0,), timeout: float = 60) -> Ran:
        """Run a program (or a line for its shell) to the end; an exit code that isn't allowed is an error; None allows all."""
        line = argv if isinstance(argv, str) else shlex.join(argv)
        try:
            sender, answer, complaint = self._client.exec_command(line, timeout=timeout)
            if stdin:
                sender.write(stdin)
            sender.channel.shutdown_write()
            ran = Ran(-1, answer.read().decode(errors="replace"), complaint.read().decode(errors="replace"))
            ran = Ran(answer.channel.recv_exit_status(), ran.stdout, ran.stderr)
        except TimeoutError as late:
            raise TimedOut(_("{site}: a command did not end in {seconds:g} s").format(site=self.site, seconds=timeout), why=line[:200]) from late
        except Exception as broken:
            raise _unreachable(self.site, broken) from broken
        if allowed is not None and ran.code not in allowed:
            why = " / ".join((ran.stderr or ran.stdout).strip().splitlines()[-2:]) or line[:200]
            raise CitynodeError(_("{site}: a command failed with exit code {code}").format(site=self.site, code=ran.code), why=why)
        return ran

    def open(self, line: str) -> paramiko.Channel:
        """A line for its shell, running: what it says and is told goes over the channel."""
        transport = self._client.get_transport()
        if transport is None:
            raise Unreachable(_("{site} broke off").format(site=self.site), hint=_("run the same command again"))
        try:
            channel = transport.open_session(timeout=10)
            channel.exec_command(line)
        except Exception as broken:
            raise _unreachable(self.site, broken) from broken
        return channel

    @property
    def is_open(self) -> bool:
        transport = self._client.get_transport()
        return transport is not None and transport.is_active()

    def close(self) -> None:
        self._client.close()


def connect(site: str, address: IPv4Address, login: Ssh) -> Host:
    """Log in; Unreachable says whether it was the way, the login or the host's key."""
    import paramiko

    client = paramiko.SSHClient()
    client.set_missing_host_key_policy(paramiko.RejectPolicy())
    try:
        client.load_host_keys(str(login.known_hosts))
        client.connect(
            str(address), port=login.port, username=login.user, key_filename=str(login.key), timeout=8, banner_timeout=15, auth_timeout=15,
            allow_agent=False, look_for_keys=False,
        )
    except Exception as refused:
        client.close()
        raise _unreachable(site, refused) from refused
    return Host(site, client)


def _unreachable(site: str, problem: BaseException) -> Unreachable:
    import paramiko

    if isinstance(problem, paramiko.BadHostKeyException):
        return Unreachable(
            _("the host at {site} shows another host key than the one on record").format(site=site), why=str(problem),
            hint=_("find out why before anything else; if it was rebuilt, put its new key into the known_hosts of the access file"),
        )
    if isinstance(problem, paramiko.AuthenticationException):
        return Unreachable(_("the host at {site} refused the login").format(site=site), why=str(problem), hint=_("is host_ssh.key in the access file the right one?"))
    if isinstance(problem, paramiko.SSHException) and "not found in known_hosts" in str(problem):
        return Unreachable(
            _("the host key of {site} is not known").format(site=site), why=str(problem), hint=_("add it to the known_hosts of the access file"),
        )
    if isinstance(problem, FileNotFoundError):
        return Unreachable(_("the key for {site} is missing").format(site=site), why=str(problem), hint=_("see host_ssh in the access file"))
    return Unreachable(
        _("the host at {site} can't be reached").format(site=site), why=str(problem) or type(problem).__name__,
        hint=_("is it up, and the management network? citynode lab status"),
    )
