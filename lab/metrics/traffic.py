"""Traffic between two nodes of a lab: a bounded stream of UDP datagrams at an even pace, counted at both ends.

Run as a program it is one end: `receive ADDRESS PORT SECONDS` or `send ADDRESS PORT MBIT SECONDS`, and it prints what it
counted as JSON. It knows nothing of the project then, so that it starts in a moment in any namespace. It refuses more than
ten minutes or a gigabit: it is for measuring, not for filling disks and cables.
"""

from __future__ import annotations

import json
import socket
import sys
import time
from contextlib import suppress
from threading import Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lab.box import Box

PORT = 5201
PAYLOAD = 1200
HEADERS = 42
"""Octets of Ethernet, IPv4 and UDP around a payload, as interfaces count them."""
MOST_SECONDS = 600
MOST_MBIT = 1000


def exchange(box: Box, source: str, target: str, *, mbit: float, seconds: float) -> dict[str, float]:
    """Send from one node to another's LAN address; what was offered and what arrived, in Mbit/s at interface level."""
    from city.addressing import addressing

    lan = addressing(box.city).lan(target)
    if lan is None:
        raise ValueError(f"{target} has no LAN")
    where = (str(lan.ipv4.ip), str(PORT))
    counted: dict[str, dict[str, float]] = {}

    def one(node: str, *arguments: str) -> None:
        counted[arguments[0]] = json.loads(box.run(node, [sys.executable, __file__, *arguments], timeout=seconds + 30).stdout)

    receiver = Thread(target=one, args=(target, "receive", *where, str(seconds + 4)))
    receiver.start()
    time.sleep(0.5)
    one(source, "send", *where, str(mbit), str(seconds))
    receiver.join()
    sent, received = counted["send"], counted["receive"]
    bits = (PAYLOAD + HEADERS) * 8 / 1e6 / sent["seconds"]
    return {"seconds": sent["seconds"], "offered_mbit": sent["packets"] * bits, "arrived_mbit": received["packets"] * bits}


def send(address: str, port: int, mbit: float, seconds: float) -> dict[str, float]:
    """Send at an even pace for so long."""
    mbit, seconds = min(mbit, MOST_MBIT), min(seconds, MOST_SECONDS)
    gap = (PAYLOAD + HEADERS) * 8 / (mbit * 1e6)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.connect((address, port))
        begun, packets, payload = time.monotonic(), 0, bytes(PAYLOAD)
        while (passed := time.monotonic() - begun) < seconds:
            for _ in range(int(passed / gap) - packets):
                with suppress(ConnectionRefusedError):
                    line.send(payload)
                packets += 1
            time.sleep(0.001)
    return {"packets": packets, "seconds": time.monotonic() - begun}


def receive(address: str, port: int, seconds: float) -> dict[str, float]:
    """Count what arrives for so long."""
    end, packets = time.monotonic() + min(seconds, MOST_SECONDS + 4), 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        line.bind((address, port))
        while (left := end - time.monotonic()) > 0:
            line.settimeout(left)
            with suppress(TimeoutError):
                packets += len(line.recv(2 * PAYLOAD)) == PAYLOAD
    return {"packets": packets, "seconds": seconds}


if __name__ == "__main__":
    act, host, number, *rest = sys.argv[1:]
    ends = {"send": send, "receive": receive}
    sys.stdout.write(json.dumps(ends[act](host, int(number), *map(float, rest))))  # type: ignore[operator]
