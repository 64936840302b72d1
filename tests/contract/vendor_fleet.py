"""The tiny city with routers that speak vendors' languages, each behind an SSH server of its own on this machine's loopback."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Network
from pathlib import Path

import paramiko

from city.load import find_city, load_city
from city.model import City, Dialect
from lab.vendors.box import VendorBox
from lab.vendors.server import Account, serving
from network.devices.ssh import SshFleet
from ops.access import Access, SnmpV3, Ssh

HURRY = 30.0
"""A minute of trial, the least that VRP 8 and Comware take, is two seconds."""


@dataclass(frozen=True)
class VendorFleet:
    """A mixed city: what its devices hold, and the way to them."""

    city: City
    access: Access
    boxes: Mapping[str, VendorBox]

    @property
    def fleet(self) -> SshFleet:
        return SshFleet(self.city, self.access)


def city_of(folder: Path, dialects: Mapping[str, Dialect]) -> City:
    """The tiny city, with these routers of these languages."""
    shutil.copytree(find_city("tiny"), folder)
    path = folder / "routers.yaml"
    text = path.read_text()
    for name, dialect in dialects.items():
        text = text.replace(f"{{name: {name},", f"{{name: {name}, dialect: {dialect},")
    path.write_text(text)
    return load_city(str(folder))


@contextmanager
def vendor_fleet(folder: Path, dialects: Mapping[str, Dialect], *, hurry: float = HURRY) -> Iterator[VendorFleet]:
    """Servers for these routers, until the block ends."""
    city = city_of(folder / "city", dialects)
    key = paramiko.ECDSAKey.generate()
    key.write_private_key_file(str(folder / "key"))
    (folder / "secret").write_text("not-a-real-secret\n")
    (folder / "secret").chmod(0o600)
    port = _free_port()
    login = Ssh(user="netops", key=folder / "key", known_hosts=folder / "known_hosts", port=port)
    access = Access(
        city="tiny", management=IPv4Network("127.77.0.0/16"), ssh=login, probe=login,
        snmp=SnmpV3(user="u", auth=f"file:{folder / 'secret'}", privacy=f"file:{folder / 'secret'}"),
    )  # fmt: skip
    boxes = {name: VendorBox(name, hurry=hurry) for name in dialects}
    places = {
        name: (boxes[name], dialect, str(access.management_address(city.router_by_name[name].management)))
        for name, dialect in dialects.items()
    }
    with serving(places, Account(login.user, key), login.known_hosts, port=port):
        yield VendorFleet(city, access, boxes)


def _free_port() -> int:
    with socket.create_server(("127.77.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
