"""Packets of a test's own between the lab's nodes: with any sender's address, and counted where they arrive."""

from __future__ import annotations

import socket
import time
from contextlib import closing

from lab.namespace import inside
from tests.lab.rig import Rig

PORT = 9
PAYLOAD = bytes(1400)
TRANSPARENT = {socket.AF_INET: (socket.SOL_IP, 19), socket.AF_INET6: (socket.IPPROTO_IPV6, 75)}
"""IP_TRANSPARENT and IPV6_TRANSPARENT (linux/in.h, linux/in6.h): a socket may send with an address that isn't its host's."""

RCVBUFFORCE = 33
"""SO_RCVBUFFORCE (asm-generic/socket.h), which Python doesn't name: room for all that waits, whatever the machine's limit."""


def arrives(lab: Rig, sender: str, source: str, receiver: str, target: str) -> bool:
    """Whether a datagram that bears this source comes from one node to an address of another; some are lost while routing settles."""
    family = socket.AF_INET6 if ":" in target else socket.AF_INET
    with closing(_socket(lab, receiver, family)) as there, closing(_socket(lab, sender, family)) as here:
        there.bind((target, PORT))
        there.settimeout(0.2)
        here.setsockopt(*TRANSPARENT[family], 1)
        here.bind((source, PORT))
        for _try in range(10):
            here.sendto(b"who", (target, PORT))
            try:
                if there.recvfrom(64)[1][0] == source:
                    return True
            except TimeoutError:
                continue
    return False


def carried(lab: Rig, sender: str, source: str, receiver: str, target: str, *, mbit: float, seconds: float) -> float:
    """How many Mbit of datagrams, sent at a rate for some seconds, arrive."""
    with closing(_socket(lab, receiver, socket.AF_INET)) as there, closing(_socket(lab, sender, socket.AF_INET)) as here:
        there.setsockopt(socket.SOL_SOCKET, RCVBUFFORCE, 64_000_000)
        there.bind((target, PORT))
        there.setblocking(False)  # noqa: FBT003 - the standard library's own signature
        here.bind((source, 0))
        packets, began, got = int(mbit * 1e6 * seconds / 8 / len(PAYLOAD)), time.monotonic(), 0
        for number in range(packets):
            ahead = began + number / packets * seconds - time.monotonic()
            if ahead > 0.002:
                time.sleep(ahead)
            here.sendto(PAYLOAD, (target, PORT))
        time.sleep(0.3)
        while True:
            try:
                got += len(there.recv(2048))
            except BlockingIOError:
                return got * 8 / 1e6


def answers_ssh(lab: Rig, client: str, source: str, router: str, address: str) -> bool:
    """Whether the router's SSH port takes a connection from this node."""
    with closing(_socket(lab, router, socket.AF_INET, socket.SOCK_STREAM)) as there:
        there.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        there.bind((address, 22))
        there.listen()
        with closing(_socket(lab, client, socket.AF_INET, socket.SOCK_STREAM)) as here:
            here.settimeout(2)
            here.bind((source, 0))
            try:
                here.connect((address, 22))
            except OSError:
                return False
            return True


def _socket(lab: Rig, node: str, family: socket.AddressFamily, kind: socket.SocketKind = socket.SOCK_DGRAM) -> socket.socket:
    with inside(lab.box().netns(node)):
        return socket.socket(family, kind)
