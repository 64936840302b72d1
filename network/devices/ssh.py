"""Sessions to real devices over SSH: which driver speaks to which router, and how its login is made.

Strict on purpose: a host key must be on file, and logins are by key only. Logins are spread in time, and tried again where a
server takes none just now.
"""

from __future__ import annotations

import time
from functools import cached_property
from pathlib import Path
from random import Random
from typing import Any

from paramiko import PKey, SSHException
from paramiko.pkey import UnknownKeyType

from city.model import City
from network.devices.drivers import DRIVERS
from network.devices.drivers.cli import CliDevice
from network.devices.drivers.problems import session_errors
from network.errors import LoginRefused, TurnedAway
from network.intent.services import SNMP_AUTH, SNMP_PRIVACY
from ops.access import Access, Ssh
from ops.errors import UsageProblem
from ops.language import _
from ops.secrets import resolve
from ops.suggest import unknown

TRIES = 4
"""Logins in all, where a server takes none just now: two seconds are between the first and the last, at the least."""


class SshFleet:
    """The city's routers over the management network."""

    def __init__(self, city: City, access: Access, *, connect_seconds: float = 8.0, spread_seconds: float = 0.02) -> None:
        self._city = city
        self._access = access
        self._seconds = connect_seconds
        self._spread = spread_seconds
        self._random = Random(city.name)  # noqa: S311 - to be spread, not to be secret
        check_login_files(access.ssh, "ssh")

    def connect(self, name: str) -> CliDevice:
        if name not in self._city.router_by_name:
            raise unknown("router", name, self._city.router_by_name)
        router = self._city.router_by_name[name]
        if router.dialect not in DRIVERS:
            raise UsageProblem(_("there is no driver for {dialect}").format(dialect=router.dialect), hint=", ".join(sorted(DRIVERS)))
        host = str(self._access.management_address(router.management))
        time.sleep(self._random.uniform(0, self._spread))
        for attempt in range(1, TRIES + 1):
            try:
                return self._open(name, host, DRIVERS[router.dialect])
            except TurnedAway:
                if attempt == TRIES:
                    raise
                time.sleep(self._random.uniform(0.35, 1.0) * attempt)
        raise AssertionError

    def _open(self, name: str, host: str, driver: type[CliDevice]) -> CliDevice:
        with session_errors(name, host):
            return driver(name, driver.terminal(**self._parameters(host)), self._secret)

    def _secret(self, name: str) -> str:
        """A secret that a line names: they stand in the access file by reference."""
        known = {SNMP_AUTH: self._access.snmp.auth, SNMP_PRIVACY: self._access.snmp.privacy}
        if name not in known:
            raise UsageProblem(_("no secret named '{name}' is known").format(name=name), hint=", ".join(sorted(known)))
        return resolve(known[name])

    @cached_property
    def _key(self) -> PKey:
        """Our private key, read once; left to find out its kind, paramiko calls a refused login of some kinds a broken key."""
        path = self._access.ssh.key
        try:
            return PKey.from_path(path)
        except (SSHException, UnknownKeyType, OSError, ValueError) as problem:
            raise LoginRefused(
                _("the private key at {path} can't be read").format(path=path),
                why=str(problem),
                hint=_("check `ssh.key` in the access file"),
            ) from problem

    def _parameters(self, host: str) -> dict[str, Any]:
        login = self._access.ssh
        return {
            "host": host,
            "port": login.port,
            "username": login.user,
            "use_keys": False,  # none but ours: no looking around in the home folder
            "pkey": self._key,
            "allow_agent": False,
            "ssh_strict": True,
            "alt_host_keys": True,
            "alt_key_file": str(login.known_hosts),
            "fast_cli": True,
            "conn_timeout": self._seconds,
            "auth_timeout": self._seconds,
            "banner_timeout": self._seconds,
            "device_type": "citynode",
        }


def check_login_files(login: Ssh, key: str) -> None:
    """Both files of a login exist, as the access file has it under `key`; a missing one would look like a refused login on every device."""
    for path, words in ((login.key, _("private key")), (login.known_hosts, _("file of known host keys"))):
        if not Path(path).is_file():
            raise LoginRefused(
                _("there is no {words} at {path}").format(words=words, path=path),
                hint=_("`{key}` in the access file names it; `citynode lab up` writes both for a lab").format(key=key),
            )
