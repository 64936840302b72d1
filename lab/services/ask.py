"""Whether a server does its work: the time is asked for, and of the others the kernel says that they listen."""

from __future__ import annotations

import socket
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from lab.box import Box
from lab.namespace import inside
from lab.services.servers import Standing
from lab.serving import FAMILIES

CLIENT, SERVER = 3, 4
"""Modes of NTP (RFC 5905, section 7.3)."""
QUESTION: Final = bytes([4 << 3 | CLIENT]) + bytes(47)
UNSYNCHRONISED: Final = 16
TABLES: Final = (Path("/proc/thread-self/net/udp"), Path("/proc/thread-self/net/udp6"))


def answering(box: Box, server: Standing) -> tuple[str, ...]:
    """The families in which the server serves, asked on its own node."""
    if box.is_off(server.site) or not box.alive(server.site, server.process):
        return ()
    with inside(box.netns(server.site)):
        if server.use == "ntp":
            served = {address for address in server.addresses if _tells_time(address, server.port)}
        else:
            bound = {entry for table in TABLES for entry in listening(table.read_text())}
            served = {address for address in server.addresses if (address, server.port) in bound}
    return tuple(family for family, address in zip(FAMILIES, server.addresses, strict=True) if address in served)


def is_time(answer: bytes) -> bool:
    """Whether it is what a server that knows the time says."""
    return len(answer) >= 48 and answer[0] & 7 == SERVER and answer[0] >> 6 != 3 and 0 < answer[1] < UNSYNCHRONISED


def listening(table: str) -> frozenset[tuple[str, int]]:
    """Address and port of every UDP socket in the kernel's table (proc(5)): words of 32 bits in the machine's own order."""
    found = set()
    for line in table.splitlines()[1:]:
        words, port = line.split()[1].split(":")
        address = b"".join(bytes.fromhex(words[at : at + 8])[::-1] for at in range(0, len(words), 8))
        found.add((str(ip_address(address)), int(port, 16)))
    return frozenset(found)


def _tells_time(address: str, port: int) -> bool:
    try:
        with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM) as asker:
            asker.settimeout(1)
            asker.connect((address, port))
            asker.send(QUESTION)
            return is_time(asker.recv(512))
    except OSError:
        return False
