"""A department's or centre's host over SSH: our hand there, and lines for its shell.

Host keys are always checked against the access file's known hosts. It refuses a host whose key is unknown or changed,
and never asks for a password.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from ops.access import Ssh
from ops.errors import CitynodeError, TimedOut, Unreachable
from ops.language import _

if TYPE_CHECKING:
    import paramiko

HAND = Path(__file__).parent / "remote" / "hand.py"


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
        self._hand: paramiko.Channel | None = None
        self._lock = threading.Lock()
        self._waiting: dict[int, SimpleQueue[dict[str, Any]]] = {}
        self._last = 0

    def ask(self, verb: str, *arguments: Any, timeout: float = 60) -> Any:
        """What our hand there answers (`migrate.remote.hand`)."""
        answers: SimpleQueue[dict[str, Any]] = SimpleQueue()
        try:
            with self._lock:
                hand = self._reach_out()
                self._last += 1
                number = self._last
                self._waiting[number] = answers
                hand.sendall((json.dumps({"id": number, "verb": verb, "arguments": arguments}) + "\n").encode())
        except Exception as broken:
            raise _unreachable(self.site, broken) from broken
        try:
            answer = answers.get(timeout=timeout + 30)
        except Exception as late:
            raise TimedOut(_("{site} did not answer in {seconds:g} s").format(site=self.site, seconds=timeout), why=verb) from late
        if "lost" in answer:
            raise Unreachable(
                _("{site} broke off").format(site=self.site),
                why=str(answer["lost"]),
                hint=_("is it up, with python3 on it? then run the same command again"),
            )
        if "error" in answer:
            raise CitynodeError(_("{site}: {verb} failed").format(site=self.site, verb=verb), why=answer["error"])
        return answer["value"]

    def run(self, argv: Sequence[str], *, stdin: str = "", allowed: tuple[int, ...] | None = (0,), timeout: float = 60) -> Ran:
        """Run a program to the end; an exit code that isn't allowed is an error; None allows all."""
        ran = Ran(*self.ask("run", list(argv), stdin, timeout, timeout=timeout))
        if ran.code == -1 and ran.stderr == "timeout":
            raise TimedOut(_("{site}: {program} did not end in {seconds:g} s").format(site=self.site, program=argv[0], seconds=timeout))
        if allowed is not None and ran.code not in allowed:
            why = " / ".join((ran.stderr or ran.stdout).strip().splitlines()[-2:])
            raise CitynodeError(
                _("{site}: {program} failed with exit code {code}").format(site=self.site, program=argv[0], code=ran.code), why=why
            )
        return ran

    def open(self, line: str) -> paramiko.Channel:
        """A line for its shell, running: what it says and is told goes over the channel."""
        transport = self._client.get_transport()
        if transport is None:
            raise Unreachable(_("{site} broke off").format(site=self.site), hint=_("run the same command again"))
        try:
            channel = transport.open_session(timeout=30)
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

    def _reach_out(self) -> paramiko.Channel:
        """Our hand, sent there if it isn't."""
        if self._hand is None or self._hand.closed:
            source = HAND.read_bytes()
            begin = f"import sys; exec(compile(sys.stdin.buffer.read({len(source)}), 'hand', 'exec'))"
            hand = self.open(f'cd /; exec $(command -v /usr/bin/python3 || command -v python3) -u -c "{begin}"')
            hand.sendall(source)
            self._hand = hand
            threading.Thread(target=self._listen, args=(hand,), daemon=True).start()
        return self._hand

    def _listen(self, hand: paramiko.Channel) -> None:
        """Hand answers to those who wait for them; when it is gone, all hear that."""
        why = ""
        try:
            for line in hand.makefile("r"):
                answer = json.loads(line)
                waiting = self._waiting.pop(answer["id"], None)
                if waiting is not None:
                    waiting.put(answer)
            said = hand.makefile_stderr("rb").read(2000).decode(errors="replace")
            why = " ".join(said.strip().splitlines()[-1:])
        except Exception as broken:  # noqa: BLE001 - however the session ends, those who wait are told
            why = str(broken)
        hand.close()
        while self._waiting:
            self._waiting.popitem()[1].put({"lost": why or "the session ended"})


def connect(site: str, address: IPv4Address, login: Ssh) -> Host:
    """Log in; Unreachable says whether it was the way, the login or the host's key."""
    import paramiko

    client = paramiko.SSHClient()
    client.set_missing_host_key_policy(paramiko.RejectPolicy())
    try:
        client.load_host_keys(str(login.known_hosts))
        client.connect(
            str(address),
            port=login.port,
            username=login.user,
            key_filename=str(login.key),
            timeout=8,
            banner_timeout=30,
            auth_timeout=30,
            allow_agent=False,
            look_for_keys=False,
        )
    except Exception as refused:
        client.close()
        raise _unreachable(site, refused) from refused
    transport = client.get_transport()
    if transport is not None:
        transport.set_keepalive(10)
    return Host(site, client)


def _unreachable(site: str, problem: BaseException) -> Unreachable:
    import paramiko

    if isinstance(problem, Unreachable):
        return problem
    if isinstance(problem, paramiko.BadHostKeyException):
        return Unreachable(
            _("the host at {site} shows another host key than the one on record").format(site=site),
            why=str(problem),
            hint=_("find out why before anything else; if it was rebuilt, put its new key into the known_hosts of the access file"),
        )
    if isinstance(problem, paramiko.AuthenticationException):
        return Unreachable(
            _("the host at {site} refused the login").format(site=site),
            why=str(problem),
            hint=_("is host_ssh.key in the access file the right one?"),
        )
    if isinstance(problem, paramiko.SSHException) and "not found in known_hosts" in str(problem):
        return Unreachable(
            _("the host key of {site} is not known").format(site=site),
            why=str(problem),
            hint=_("add it to the known_hosts of the access file"),
        )
    if isinstance(problem, FileNotFoundError):
        return Unreachable(
            _("the key for {site} is missing").format(site=site), why=str(problem), hint=_("see host_ssh in the access file")
        )
    return Unreachable(
        _("the host at {site} can't be reached").format(site=site),
        why=str(problem) or type(problem).__name__,
        hint=_("is it up, and the management network? citynode lab status"),
    )
