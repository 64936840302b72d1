"""Runs on a department's host while its system moves: carries the move's traffic, shaped to its share and counted.

Needs Python 3 alone and nothing of ours: it is sent there. It listens on the host's extranet address, for the target
centre's addresses only, and leads to the local database and to rsync. All that flows towards the target passes one
token bucket, so the database and the files together keep to the link's share. It re-reads its configuration, so the
share can be changed while it runs; it ends when its configuration is taken away, or was not written anew for too long.

    python3 mover.py CONFIG     CONFIG: {"change", "allowed": [..], "rate_mbit", "alone_seconds", "routes": [[address, port, goal], ..]}

A route's goal is a list: an address and a port, or the words of a program that speaks over its input and output (rsync).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

CHUNK = 16 * 1024
OVERHEAD = 1.06
"""What headers add to full segments on the wire: the share is kept on the wire, not in the payload."""


class Bucket:
    """Tokens for bytes on the wire; holds at most a twentieth of a second's worth."""

    def __init__(self) -> None:
        self.rate = 1e6
        self._level = 0.0
        self._at = time.monotonic()

    async def take(self, count: int) -> None:
        cost = count * OVERHEAD
        now = time.monotonic()
        self._level = min(self._level + (now - self._at) * self.rate, self.rate / 20) - cost
        self._at = now
        if self._level < 0:
            await asyncio.sleep(-self._level / self.rate)


class Mover:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.config: dict[str, Any] = json.loads(path.read_text())
        self._written, self._heard = 0, time.monotonic()
        self.bucket = Bucket()
        self.sent = [0] * len(self.config["routes"])
        self.received = [0] * len(self.config["routes"])

    async def run(self) -> None:
        servers = []
        for number, (address, port, goal) in enumerate(self.config["routes"]):
            servers.append(await asyncio.start_server(self._handler(number, goal), address, port))
        while self._reload():
            self._report()
            await asyncio.sleep(0.4)
        for server in servers:
            server.close()

    def _reload(self) -> bool:
        """Whether it is still wanted; what is wanted of it may have changed."""
        try:
            written = self.path.stat().st_mtime_ns
            self.config = json.loads(self.path.read_text())
        except FileNotFoundError:
            return False
        except ValueError:
            return True
        if written != self._written:
            self._written, self._heard = written, time.monotonic()
        self.bucket.rate = float(self.config["rate_mbit"]) * 1e6 / 8
        return time.monotonic() - self._heard < float(self.config["alone_seconds"])

    def _report(self) -> None:
        fresh = self.path.with_name("mover.stat.new")
        said = {"change": self.config["change"], "pid": os.getpid(), "at": time.time(), "sent": self.sent, "received": self.received}
        fresh.write_text(json.dumps(said))
        fresh.replace(self.path.with_name("mover.stat"))

    def _handler(self, number: int, goal: list[Any]) -> Any:
        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            peer = writer.get_extra_info("peername")[0]
            if peer not in self.config["allowed"]:
                writer.close()
                return
            program: Any = None
            try:
                if isinstance(goal[-1], int):
                    far_reader, far_writer = await asyncio.open_connection(goal[0], goal[1])
                else:
                    pipe = asyncio.subprocess.PIPE
                    program = await asyncio.create_subprocess_exec(
                        *goal, stdin=pipe, stdout=pipe, env={**os.environ, "SSH_CLIENT": f"{peer} 1 1"}
                    )
                    far_reader, far_writer = program.stdout, program.stdin
            except OSError:
                writer.close()
                return
            await asyncio.gather(self._carry(far_reader, writer, number, out=True), self._carry(reader, far_writer, number, out=False))
            if program is not None:
                with contextlib.suppress(ProcessLookupError):
                    program.terminate()
                await program.wait()

        return handle

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int, *, out: bool) -> None:
        counts = self.sent if out else self.received
        with contextlib.suppress(OSError):
            while content := await reader.read(CHUNK):
                if out:
                    await self.bucket.take(len(content))
                counts[number] += len(content)
                writer.write(content)
                await writer.drain()
        with contextlib.suppress(OSError):
            writer.close()


if __name__ == "__main__":
    asyncio.run(Mover(Path(sys.argv[1])).run())
