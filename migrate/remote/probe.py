"""Runs at a site that uses the system, while it moves: what a user sees, and a ledger of what was acknowledged.

Needs Python 3 alone and nothing of ours: it is sent there. It follows the system's name in DNS as a client does (asks again when the
answer's lifetime is over or nothing works), writes through the application, and notes every write in a ledger that
is on disk before the next one begins. It ends when its stop file appears, and after an hour in any case.

    python3 probe.py FOLDER NAME PORT RUN SERVER…     FOLDER gets `ledger` and `state.json`; RUN marks its writes
"""

from __future__ import annotations

import http.client
import json
import os
import random
import socket
import struct
import sys
import time
from pathlib import Path
from typing import TextIO

LONGEST = 3600
PAUSE = 0.03
PATIENCE = 2.0


def ask(name: str, servers: list[str]) -> tuple[str, int]:
    """The first address record of the name and its lifetime in seconds."""
    number = random.randrange(65536)  # noqa: S311 - an id within our own city, not a secret
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.rstrip(".").split("."))
    query = struct.pack(">HHHHHH", number, 0, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">HH", 1, 1)
    for server in servers:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
            wire.settimeout(0.7)
            try:
                wire.sendto(query, (server, 53))
                answer = wire.recv(4096)
            except OSError:
                continue
        found = parse(answer, number)
        if found:
            return found
    raise OSError("no name server gave an address")


def parse(answer: bytes, number: int) -> tuple[str, int] | None:
    """Address and lifetime of the first A record of an answer to that query."""
    got, flags, questions, answers = struct.unpack(">HHHH", answer[:8])
    if got != number or flags & 15 or not answers:
        return None
    at = 12
    for _ in range(questions):
        at = skip(answer, at) + 4
    for _ in range(answers):
        at = skip(answer, at)
        kind, _klass, ttl, length = struct.unpack(">HHIH", answer[at : at + 10])
        at += 10
        if kind == 1 and length == 4:
            return socket.inet_ntoa(answer[at : at + 4]), ttl
        at += length
    return None


def skip(answer: bytes, at: int) -> int:
    """The place behind a name."""
    while answer[at]:
        if answer[at] & 0xC0:
            return at + 2
        at += answer[at] + 1
    return at + 1


class Client:
    """One user of the system."""

    def __init__(self, name: str, port: int, servers: list[str]) -> None:
        self.name, self.port, self.servers = name, port, servers
        self.address, self.until = "", 0.0
        self._wire: http.client.HTTPConnection | None = None

    def write(self, token: str) -> tuple[str, str]:
        """`ok` when it was acknowledged, `fail` when it was refused, `info` when nobody can know; and what was said."""
        try:
            self._follow()
        except OSError as lost:
            return "fail", str(lost)
        try:
            if self._wire is None:
                self._wire = http.client.HTTPConnection(self.address, self.port, timeout=PATIENCE)
                self._wire.connect()
        except OSError as refused:
            self._drop()
            return "fail", str(refused)
        try:
            self._wire.request("POST", "/entries", json.dumps({"token": token, "text": "probe"}), {"Host": self.name})
            answer = self._wire.getresponse()
            said = answer.read().decode(errors="replace")
        except (OSError, http.client.HTTPException) as cut:
            self._drop()
            return "info", str(cut)
        if answer.status == 201:
            return "ok", str(json.loads(said)["id"])
        self._drop()
        return ("fail" if answer.status == 503 else "info"), said[:120]

    def _follow(self) -> None:
        if time.monotonic() >= self.until:
            address, lifetime = ask(self.name, self.servers)
            if address != self.address:
                self._close()
            self.address, self.until = address, time.monotonic() + lifetime

    def _drop(self) -> None:
        """A user who gets an error looks again no sooner than his resolver's cache allows."""
        self._close()

    def _close(self) -> None:
        if self._wire is not None:
            self._wire.close()
            self._wire = None


def begin(ledger: TextIO) -> int:
    """How many lines there are already; one that was cut off is ended, so that the next stands by itself."""
    ledger.seek(0)
    lines = ledger.readlines()
    if lines and not lines[-1].endswith("\n"):
        ledger.write("\n")
    return len(lines)


def main(arguments: list[str]) -> int:
    folder, name, port, run, *servers = arguments
    client = Client(name, int(port), servers)
    home = Path(folder)
    stop, until = home / "stop", time.monotonic() + LONGEST
    counts = {"ok": 0, "fail": 0, "info": 0}
    told = 0.0
    with (home / "ledger").open("a+") as ledger:
        number = begin(ledger)
        while not stop.exists() and time.monotonic() < until:
            number += 1
            outcome, said = client.write(f"{run}:{number}")
            counts[outcome] += 1
            line = {"n": number, "at": time.time(), "outcome": outcome, "to": client.address, "said": said}
            ledger.write(json.dumps(line) + "\n")
            ledger.flush()
            os.fsync(ledger.fileno())
            if time.monotonic() - told > 0.3:
                told = time.monotonic()
                fresh = home / "state.new"
                fresh.write_text(json.dumps({"pid": os.getpid(), "at": time.time(), "address": client.address, **counts}))
                fresh.replace(home / "state.json")
            time.sleep(PAUSE)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
