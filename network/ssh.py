"""Sessions to real devices over SSH, by netmiko.

Strict on purpose: a host key must be on file, logins are by key only, and whatever a device says to a configuration
line besides its prompt counts as a refusal unless the dialect knows it as harmless. netmiko ships no FRR type and its
own default ignores error lines; this class knows vtysh's prompts, so it neither guesses nor waits for its timers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from netmiko.cisco_base_connection import CiscoBaseConnection
from netmiko.exceptions import NetmikoAuthenticationException, NetmikoTimeoutException, ReadException, ReadTimeout
from paramiko.ssh_exception import BadHostKeyException, SSHException

from city.model import City
from network.errors import DeviceRefused, DeviceUnreachable, HostKeyRefused, LoginRefused, NotSaved
from ops.access import Access, Ssh
from ops.errors import CitynodeError, TimedOut
from ops.language import _
from ops.suggest import unknown

BARE_PROMPT = r"[\w.-]+(?:\([\w-]+\))?[#>] $"
PROMPT = rf"[\r\n]{BARE_PROMPT}"
"""vtysh's prompt at the end of what was read, in any mode."""

HARMLESS = re.compile(r"^(For this router-id change to take effect|Note: this version of vtysh never writes vtysh\.conf)")
"""What FRR says to lines that it took."""


def answer_to(text: str, output: str) -> str:
    """What was printed between the last echo of the line, which may stand behind a prompt, and the prompt at the end."""
    plain = output.replace("\r", "")
    echo = re.compile(rf"^(?:{BARE_PROMPT.removesuffix('$')})?{re.escape(text)} *\n", re.MULTILINE)
    last = max((found.end() for found in echo.finditer(plain)), default=0)
    return plain[last:].rpartition("\n")[0]


class FrrSession(CiscoBaseConnection):
    """vtysh behind sshd, as netmiko sees it."""

    def session_preparation(self) -> None:
        """Wait for the first prompt; nothing is paged, whatever the length of the terminal."""
        self.read_until_pattern(pattern=PROMPT, read_timeout=self.conn_timeout)
        self.base_prompt = ""
        self.line("terminal length 0")

    def line(self, text: str, *, timeout: float = 15.0) -> str:
        """Type one line and return what was printed between its echo and the next prompt.

        The echo has to come first: a busy device may show its prompt twice, and what follows would then be taken for
        the answer to the line before.
        """
        self.write_channel(text + "\n")
        output = self.read_until_pattern(pattern=rf"{re.escape(text)}[ \r]*\n(?:[\s\S]*[\r\n])?{BARE_PROMPT}", read_timeout=timeout)
        return answer_to(text, output)

    def cleanup(self, command: str = "exit") -> None:
        """Closing the channel ends vtysh; asking it to exit would only cost a wait."""


class SshDevice:
    """One open session."""

    def __init__(self, name: str, session: FrrSession) -> None:
        self.name = name
        self._session = session

    def running(self) -> str:
        return self.show("show running-config")

    def show(self, command: str) -> str:
        with _session_errors(self.name):
            return self._session.line(command, timeout=30.0)

    def apply(self, lines: Sequence[str]) -> None:
        if not lines:
            return
        with _session_errors(self.name):
            self._typed("configure terminal")
            for line in lines:
                self._typed(line.strip())
            self._typed("end")

    def save(self) -> None:
        with _session_errors(self.name):
            said = self._session.line("write memory", timeout=30.0)
        if "[OK]" not in said:
            rows = [row.strip() for row in said.splitlines() if row.strip()]
            raise NotSaved(self.name, rows[-1] if rows else _("it said nothing"))

    def close(self) -> None:
        with suppress(Exception):
            self._session.disconnect()

    def _typed(self, line: str) -> None:
        said = [row for row in self._session.line(line).splitlines() if row.strip() and not HARMLESS.match(row.strip())]
        if said:
            with suppress(NetmikoTimeoutException, ReadTimeout, OSError):
                self._session.line("end")
            raise DeviceRefused(
                _("{device} did not take '{line}'").format(device=self.name, line=line),
                why=" / ".join(row.strip() for row in said[:3]),
                hint=_("citynode net diff --devices {device} shows what it holds now").format(device=self.name),
                line=line,
            )


class SshFleet:
    """The city's routers over the management network."""

    def __init__(self, city: City, access: Access, *, connect_seconds: float = 8.0) -> None:
        self._city = city
        self._access = access
        self._seconds = connect_seconds
        check_login_files(access.ssh)

    def connect(self, name: str) -> SshDevice:
        if name not in self._city.router_by_name:
            raise unknown("router", name, self._city.router_by_name)
        host = str(self._access.management_address(self._city.router_by_name[name].management))
        with _session_errors(name, host):
            return SshDevice(name, FrrSession(**self._parameters(host)))

    def _parameters(self, host: str) -> dict[str, Any]:
        login = self._access.ssh
        return {
            "host": host,
            "port": login.port,
            "username": login.user,
            "use_keys": True,
            "key_file": str(login.key),
            "allow_agent": False,
            "ssh_strict": True,
            "alt_host_keys": True,
            "alt_key_file": str(login.known_hosts),
            "fast_cli": True,
            "conn_timeout": self._seconds,
            "auth_timeout": self._seconds,
            "banner_timeout": self._seconds,
            "device_type": "frr",
        }


def check_login_files(login: Ssh) -> None:
    """Both files of a login exist; a missing one would show up as a refused login on every device."""
    for path, words in ((login.key, _("private key")), (login.known_hosts, _("file of known host keys"))):
        if not Path(path).is_file():
            raise LoginRefused(
                _("there is no {words} at {path}").format(words=words, path=path),
                hint=_("`ssh` in the access file names it; `citynode lab up` writes both for a lab"),
            )


@contextmanager
def _session_errors(device: str, host: str = "") -> Iterator[None]:
    """What netmiko and paramiko raise, in the words of our own tree."""
    where = _("{device} at {host}").format(device=device, host=host) if host else device
    try:
        yield
    except CitynodeError:
        raise
    except NetmikoAuthenticationException as refused:
        raise LoginRefused(
            _("{where} refused the login").format(where=where),
            why=_("wrong user, or a key that it doesn't know"),
            hint=_("check `ssh.user` and `ssh.key` in the access file"),
        ) from refused
    except (NetmikoTimeoutException, ReadTimeout, SSHException, ReadException, EOFError, OSError, ValueError) as problem:
        raise _host_key_refused(where, problem) or _lost(where, problem) from problem


def _host_key_refused(where: str, problem: BaseException) -> HostKeyRefused | None:
    """The error for a host key that can't be trusted, if that is at the bottom of it: netmiko calls it a timeout."""
    cause: BaseException | None = problem
    while cause is not None:
        if isinstance(cause, BadHostKeyException):
            return _host_key(where, _("it showed another key than the one on file"))
        if isinstance(cause, SSHException) and "known_hosts" in str(cause):
            return _host_key(where, _("no key of it is on file"))
        cause = cause.__cause__ or cause.__context__
    return None


def _host_key(where: str, why: str) -> HostKeyRefused:
    return HostKeyRefused(
        _("the host key of {where} can't be trusted").format(where=where),
        why=why,
        hint=_("compare it on the console before you change `known_hosts`: somebody may stand in between"),
    )


def _lost(where: str, problem: Exception) -> CitynodeError:
    """Unreachable, or too slow, by what the transport said."""
    text = str(problem).strip()
    why = text.splitlines()[0] if text else type(problem).__name__
    if isinstance(problem, ReadTimeout):
        return TimedOut(
            _("{where} did not show its prompt in time").format(where=where), hint=_("look at its load and its management link")
        )
    if isinstance(problem, NetmikoTimeoutException):
        why = _("no TCP connection to its management address")
    return DeviceUnreachable(
        _("{where} does not answer").format(where=where),
        why=why,
        hint=_("citynode lab status, or the management link of the device; then run the same command again"),
    )
