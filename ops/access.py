"""How this operator reaches the city: addresses of the management network, keys and secrets by reference.

The city model says what there is; an access file says how to get to it from here. The lab writes one when it comes
up; a real city keeps its own. Secrets stand in it by reference only (`env:NAME`, `file:/path`).
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict


class AccessModel(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Ssh(AccessModel):
    """Logins to routers and hosts; host keys are always checked."""

    user: str
    key: Path
    known_hosts: Path
    port: int = 22


class SnmpV3(AccessModel):
    """USM security level authPriv (RFC 3414) with AES-128 for privacy (RFC 3826)."""

    user: str
    auth: str
    privacy: str
    authentication: Literal["SHA-1", "SHA-256"] | None = None
    """HMAC-SHA-96 (RFC 3414) or HMAC-192-SHA-256 (RFC 7860); left out: what a push gives the account on a router of that dialect."""
    port: int = 161


class Centre(AccessModel):
    """A centre's control planes, over the management network."""

    address: IPv4Address
    kubeconfig: Path = Path("no-kubeconfig")
    """Left out where no cluster is reached, as in a lab without the part `clusters`."""
    patroni: str = ""
    """URL of the Patroni REST API of this centre's member; reading it needs no login."""
    patroni_user: str = ""
    patroni_password: str = ""
    """Login for the requests that change something, such as a switchover."""
    postgres: str = ""
    """libpq connection string of this centre's member, without a password; the password is in `postgres_password`."""
    postgres_password: str = ""
    volumes: str = ""
    """Folder on the centre's node under which local volumes of landing zones lie; empty if its cluster provides volumes itself."""


class Dns(AccessModel):
    """The primary name server, for signed updates (RFC 2136, RFC 8945)."""

    address: IPv4Address
    key_name: str
    key: str
    port: int = 53


class BackupStore(AccessModel):
    """The restic repository of the city's backups, reached by SFTP with the hosts' login."""

    repository: str
    host: IPv4Address
    password: str
    """Reference of the repository's password."""


class Access(AccessModel):
    city: str
    """Name of a shipped city or path of a folder with one."""
    lab: str = ""
    """Name of the lab behind this file; empty for a real city."""
    scope: str = ""
    """What runs, leases and records are kept apart by; the lab's or the city's name if left out."""
    management: IPv4Network
    ssh: Ssh
    probe: Ssh
    """The unprivileged account for measurements on routers: it can run reachability probes and nothing else."""
    snmp: SnmpV3
    centres: dict[str, Centre] = {}
    hosts: dict[str, IPv4Address] = {}
    """Management addresses of sites' hosts by site name."""
    host_ssh: Ssh | None = None
    dcs: tuple[str, ...] = ()
    """Client URLs of the etcd quorum across the three centres."""
    dns: Dns | None = None
    prometheus: str = ""
    backup: BackupStore | None = None

    def management_address(self, number: int) -> IPv4Address:
        """The management address of the device with this host number."""
        return self.management.network_address + number
