"""The same work with what others use: Nornir with nornir-netmiko (both from PyPI, for this benchmark only).

Per router: one session, read the configuration, type the lines, save, read again. No wave, no check from outside, nothing armed,
nothing that could be taken up again. netmiko ships no FRR type, so the rival gets one, as its user would write it.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

from netmiko.cisco_base_connection import CiscoBaseConnection

from city.model import City
from ops.access import Access

TYPE = "frr"
WORKERS = 20
"""Nornir's own default."""


class PlainFrr(CiscoBaseConnection):
    """vtysh as a netmiko user writes it: the base class, its own timers, its own guesses."""

    def session_preparation(self) -> None:
        self._test_channel_read(pattern=r"[>#]")
        self.set_base_prompt()
        self.disable_paging(command="terminal length 0")


def nornir_push(city: City, access: Access, lines: Mapping[str, Sequence[str]]) -> str:
    """Type these lines on these routers; what became of it."""
    nornir, tasks = import_module("nornir.core"), import_module("nornir_netmiko.tasks")
    results, runners = import_module("nornir.core.task"), import_module("nornir.plugins.runners")
    _teach_netmiko()
    import_module("nornir.core.plugins.connections").ConnectionPluginRegister.auto_register()

    def push(task: Any) -> Any:
        name = task.host.name
        task.run(tasks.netmiko_send_command, command_string="show running-config", read_timeout=120)
        if lines[name]:
            task.run(tasks.netmiko_send_config, config_commands=list(lines[name]), read_timeout=120)
            task.run(tasks.netmiko_send_command, command_string="write memory", read_timeout=120)
            task.run(tasks.netmiko_send_command, command_string="show running-config", read_timeout=120)
        task.host.close_connections()
        return results.Result(host=task.host)

    began = time.monotonic()
    found = nornir.Nornir(inventory=_inventory(city, access, list(lines)), runner=runners.ThreadedRunner(num_workers=WORKERS)).run(
        task=push
    )
    failed = sorted(found.failed_hosts)
    return f"{len(lines) - len(failed)} routers, failed {len(failed)}, seconds {time.monotonic() - began:.2f}" + (
        f" ({failed[0]} …)" if failed else ""
    )


def _teach_netmiko() -> None:
    known: Any = import_module("netmiko.ssh_dispatcher")
    known.CLASS_MAPPER[TYPE] = PlainFrr
    if TYPE not in known.platforms:
        known.platforms.append(TYPE)


def _inventory(city: City, access: Access, names: Sequence[str]) -> Any:
    kinds = import_module("nornir.core.inventory")
    login = access.ssh
    extras = {
        "use_keys": True,
        "key_file": str(login.key),
        "allow_agent": False,
        "ssh_strict": True,
        "alt_host_keys": True,
        "alt_key_file": str(login.known_hosts),
        "conn_timeout": 30,
        "auth_timeout": 30,
        "banner_timeout": 30,
    }
    hosts = kinds.Hosts()
    for name in names:
        address = str(access.management_address(city.router_by_name[name].management))
        options = {"netmiko": kinds.ConnectionOptions(extras=extras)}
        hosts[name] = kinds.Host(
            name=name, hostname=address, port=login.port, username=login.user, platform=TYPE, connection_options=options
        )
    return kinds.Inventory(hosts=hosts, groups=kinds.Groups(), defaults=kinds.Defaults())
