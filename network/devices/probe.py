"""Reachability as measured by routers themselves, through an account that can do nothing else.

`Prober` is the narrow interface; the real one runs OpenSSH (one process a measurement, so that a probe goes on while
Python is busy), the one in memory answers from a table. Every reply is counted, none is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import Protocol

from city.model import City
from network.devices.openssh import ssh_command
from network.devices.ssh import check_login_files
from network.errors import DeviceUnreachable, HostKeyRefused, LoginRefused, NoVantage
from ops.access import Access
from ops.errors import CitynodeError
from ops.language import _
from ops.process import Command
from ops.suggest import unknown

Address = IPv4Address | IPv6Address

_LINE = re.compile(r"^(?P<target>\S+)\s*:\s*xmt/rcv/%loss = (?P<sent>\d+)/(?P<received>\d+)/")


@dataclass(frozen=True, slots=True)
class Count:
    """Probes sent to one target and answered."""

    sent: int
    received: int

    @property
    def is_reached(self) -> bool:
        return self.received > 0

    @property
    def lost(self) -> int:
        return self.sent - self.received


class Prober(Protocol):
    """Something that can measure from a router."""

    def probe(self, router: str, targets: Sequence[Address], *, count: int = 3, interval_ms: int = 100) -> dict[Address, Count]:
        """Counts for each target, all of one family; raises `Unreachable` when the router itself can't be asked."""


class SshProber:
    """Probes over the routers' measurement account."""

    def __init__(self, city: City, access: Access) -> None:
        self._city = city
        self._access = access
        check_login_files(access.probe, "probe")

    def probe(self, router: str, targets: Sequence[Address], *, count: int = 3, interval_ms: int = 100) -> dict[Address, Count]:
        if router not in self._city.router_by_name:
            raise unknown("router", router, self._city.router_by_name)
        if not targets:
            return {}
        order = f"{targets[0].version} {count} {interval_ms} {' '.join(str(target) for target in targets)}"
        done = Command(
            (*self._login(router), order), allowed=(0, 1, 2, 4, 255), timeout=20.0 + count * interval_ms / 1000, error=DeviceUnreachable
        ).run()
        found = parse_counts(done.stdout + "\n" + done.stderr)
        if not found:
            raise _why_silent(router, done.code, done.stderr.strip() or done.stdout.strip())
        return {target: found.get(str(target), Count(count, 0)) for target in targets}

    def _login(self, router: str) -> tuple[str, ...]:
        login = self._access.probe
        host = self._access.management_address(self._city.router_by_name[router].management)
        return ssh_command(login, host)


class FakeProber:
    """Answers from a function of (router, target): how it looks is up to the test."""

    def __init__(self, reaches: Callable[[str, Address], bool]) -> None:
        self._reaches = reaches
        self.asked: list[tuple[str, Address]] = []

    def probe(self, router: str, targets: Sequence[Address], *, count: int = 3, interval_ms: int = 100) -> dict[Address, Count]:
        self.asked += [(router, target) for target in targets]
        return {target: Count(count, count if self._reaches(router, target) else 0) for target in targets}


def parse_counts(text: str) -> dict[str, Count]:
    """Counts from fping's per-target lines (`-q -c`), by target as it prints it."""
    found = (_LINE.match(line.strip()) for line in text.splitlines())
    return {match["target"]: Count(int(match["sent"]), int(match["received"])) for match in found if match}


def _why_silent(router: str, code: int, said: str) -> CitynodeError:
    """Why a router gave no counts, from what ssh or the account said."""
    last = said.splitlines()[-1] if said else f"exit code {code}"
    if "bind source address" in said:
        return NoVantage(
            _("{router} has no address to measure from yet").format(router=router), why=last, hint=_("push its configuration first")
        )
    if "Host key verification failed" in said or "IDENTIFICATION HAS CHANGED" in said:
        return HostKeyRefused(
            _("the host key of {router} can't be trusted").format(router=router), why=last, hint=_("compare it on the console first")
        )
    if "Permission denied" in said:
        return LoginRefused(
            _("{router} refused the measurement account").format(router=router), why=last, hint=_("check `probe` in the access file")
        )
    return DeviceUnreachable(_("{router} can't measure").format(router=router), why=last, hint=_("citynode lab status"))
