"""The configuration of a centre's Patroni, rendered as JSON (which is YAML): pure.

Strict synchronous mode: a commit is acknowledged only when the other city centre has it on disk. While that one is away the remote
centre's disk counts, and with neither nobody writes; nobody takes over by itself then. The remote centre never becomes primary.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from lab.quorum.layout import DCS_CLIENT, POSTGRES, REST

if TYPE_CHECKING:
    from lab.quorum.layout import Layout, Member

BINARIES = "/usr/lib/postgresql/15/bin"
REST_USER = "patroni"
REPLICATION_USER = "replicator"
SUPERUSER = "postgres"


@dataclass(frozen=True, slots=True)
class Passwords:
    superuser: str
    replication: str
    rest: str


PARAMETERS: dict[str, Any] = {
    "shared_buffers": "32MB",
    "max_connections": 100,
    "max_worker_processes": 16,
    "max_wal_senders": 12,
    "max_replication_slots": 12,
    "max_logical_replication_workers": 8,
    "wal_level": "logical",
    "wal_log_hints": "on",
    "wal_keep_size": "128MB",
    "min_wal_size": "64MB",
    "max_wal_size": "512MB",
    "wal_sender_timeout": "5s",
    "wal_receiver_timeout": "5s",
    "wal_retrieve_retry_interval": "500ms",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "autovacuum_max_workers": 2,
    "jit": "off",
}
"""Small, because three of them share a laptop; `logical`, because systems move in by logical replication."""


def access_rules(layout: Layout) -> list[str]:
    """pg_hba.conf: the superuser never comes over the extranet, except between the members (pg_rewind needs it)."""
    rules = ["local all all peer"]
    for address in layout.between:
        rules += [f"host replication {REPLICATION_USER} {address}/32 scram-sha-256", f"host all {SUPERUSER} {address}/32 scram-sha-256"]
    rules += [f"host all all {layout.management} scram-sha-256"]
    rules += [f"host all {SUPERUSER} {network} reject" for network in layout.extranet]
    rules += [f"host all all {network} scram-sha-256" for network in layout.extranet]
    return rules


def cluster_settings() -> dict[str, Any]:
    """What all members share, kept in the quorum itself; Patroni's rule is loop_wait + 2 * retry_timeout <= ttl.

    A primary gives its role up when it can't renew its lease within `retry_timeout`. When the centre goes dark whose etcd led, an
    election takes 2 to 4 s (`lab.quorum.etcd`), a split vote twice that: 5 s was too short in one of fourteen.
    """
    return {
        "ttl": 20,
        "loop_wait": 2,
        "retry_timeout": 9,
        "synchronous_mode": True,
        "synchronous_mode_strict": True,
        "synchronous_node_count": 1,
        "maximum_lag_on_failover": 1048576,
        "ignore_slots": [{"type": "logical", "plugin": "pgoutput"}],  # else Patroni drops a move's way back while its department is away
        "postgresql": {
            "use_pg_rewind": True,
            "use_slots": True,
            "parameters": PARAMETERS,
            "remove_data_directory_on_rewind_failure": True,
            "remove_data_directory_on_diverged_timelines": True,
        },
    }


def patroni_config(layout: Layout, member: Member, *, home: PurePosixPath, passwords: Passwords) -> str:
    """The file that Patroni of this member starts with; `home` is where it sees its own folder."""
    rest = {"username": REST_USER, "password": passwords.rest}
    config = {
        "scope": layout.scope,
        "namespace": "/citynode/",
        "name": member.centre,
        "log": {"level": "INFO", "format": "%(asctime)s %(levelname)s %(message)s"},
        "restapi": {
            "listen": f"0.0.0.0:{REST}",
            "connect_address": f"{member.lan}:{REST}",
            "authentication": rest,
            "allowlist": [str(layout.management), *map(str, layout.between)],
            "allowlist_include_members": True,
        },
        "ctl": {"authentication": rest},
        "etcd3": {"hosts": [f"{each.lan}:{DCS_CLIENT}" for each in _own_first(layout, member)], "protocol": "http"},
        "bootstrap": {
            "dcs": cluster_settings(),
            "initdb": [{"encoding": "UTF8"}, {"locale": "C.UTF-8"}, {"auth-host": "scram-sha-256"}, "data-checksums", "no-sync"],
        },
        "postgresql": {
            "listen": f"{member.lan},{member.management}:{POSTGRES}",
            "connect_address": f"{member.lan}:{POSTGRES}",
            "data_dir": str(home / "data"),
            "bin_dir": BINARIES,
            "pgpass": str(home / "pgpass"),
            "authentication": {
                "superuser": {"username": SUPERUSER, "password": passwords.superuser},
                "replication": {"username": REPLICATION_USER, "password": passwords.replication},
            },
            "parameters": {"unix_socket_directories": str(home / "socket")},
            "pg_hba": access_rules(layout),
            "basebackup": [{"checkpoint": "fast"}],
        },
        "tags": {"nosync": member.is_remote, "nofailover": member.is_remote, "clonefrom": False, "noloadbalance": member.is_remote},
    }
    return json.dumps(config, indent=2)


def _own_first(layout: Layout, member: Member) -> list[Member]:
    return [member, *(each for each in layout.members if each is not member)]
