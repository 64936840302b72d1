"""What netmiko and paramiko raise, in the words of our own error tree."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from netmiko.exceptions import NetmikoAuthenticationException, NetmikoTimeoutException, ReadException, ReadTimeout
from paramiko.ssh_exception import BadHostKeyException, NoValidConnectionsError, SSHException

from network.errors import DeviceUnreachable, HostKeyRefused, LoginRefused, TurnedAway
from ops.errors import CitynodeError, TimedOut
from ops.language import _

_Lost = TypeVar("_Lost", bound=DeviceUnreachable)
_HUNG_UP = re.compile("Error reading SSH protocol banner|No existing session")


@contextmanager
def session_errors(device: str, host: str = "") -> Iterator[None]:
    """Whatever goes wrong with a session inside, as an error that names the device; with `host`, with opening one."""
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
        raise _host_key_refused(where, problem) or (_turned_away(where, problem) if host else None) or _lost(where, problem) from problem


def _host_key_refused(where: str, problem: BaseException) -> HostKeyRefused | None:
    """The error for a host key that can't be trusted, if that is at the bottom of it: netmiko calls it a timeout."""
    for cause in _causes(problem):
        if isinstance(cause, BadHostKeyException):
            return _host_key(where, _("it showed another key than the one on file"))
        if isinstance(cause, SSHException) and "known_hosts" in str(cause):
            return _host_key(where, _("no key of it is on file"))
    return None


def _turned_away(where: str, problem: BaseException) -> TurnedAway | None:
    """The error for a server that is there and takes no login just now: netmiko calls it a timeout, too.

    It refuses the connection while it reads its files anew, and hangs up before it has said who it is where so many come at the same
    time that TACACS or `MaxStartups` turns some away (nornir_netmiko issue 31).
    """
    for cause in _causes(problem):
        tried = list(cause.errors.values()) if isinstance(cause, NoValidConnectionsError) else [cause]
        if any(isinstance(each, ConnectionRefusedError) for each in tried):
            return _does_not_answer(where, _("its SSH server takes no connection"), TurnedAway)
        if isinstance(cause, (ConnectionResetError, EOFError)) or (isinstance(cause, SSHException) and _HUNG_UP.search(str(cause))):
            return _does_not_answer(where, _("its SSH server hung up before the login"), TurnedAway)
    return None


def _causes(problem: BaseException) -> Iterator[BaseException]:
    """The problem and what is behind it, one after the other."""
    cause: BaseException | None = problem
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


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
    return _does_not_answer(where, why, DeviceUnreachable)


def _does_not_answer(where: str, why: str, error: type[_Lost]) -> _Lost:
    return error(
        _("{where} does not answer").format(where=where),
        why=why,
        hint=_("citynode lab status, or the management link of the device; then run the same command again"),
    )
