"""Run on an edge's host by its standard input: looks at its nginx, or gives it a configuration. Prints JSON; knows nothing of the project.

Arguments: `look` or `put`, the edge's folder, a JSON list of [address, port] that it answers at, and for `put` the new text and its
digest. A new configuration is proven by `nginx -t` beside the old one, takes its place as a whole, is reloaded, and counts when every
address names its digest and nobody answers by the old one any more; else that one, which was kept, goes back and is reloaded. All of
it happens here, under a lock of the folder: whoever asked may be gone meanwhile.
"""

from __future__ import annotations

import fcntl
import http.client
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

HEADER = "X-Edge-Config"
WORKER = b"nginx: worker process"
PATIENCE = 15.0
"""Seconds that a reload may take until every address runs it; nginx itself tries for 2.5 s to take a port that is taken."""


class Edge:
    """The edge of a folder."""

    def __init__(self, folder: Path, listen: list[tuple[str, int]]) -> None:
        self.folder = folder
        self.listen = listen
        self.file, self.kept, self.log = folder / "nginx.conf", folder / "nginx.conf.kept", folder / "error.log"
        found = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
        self.program = found or sys.exit("there is no nginx on this host: install it (Debian: nginx-light)")

    def text(self) -> str:
        """What lies in the file; nothing where there is none."""
        return self.file.read_text(encoding="utf-8") if self.file.exists() else ""

    def runs(self) -> list[str]:
        """The digest that each address names; empty where nobody answers."""
        return [_digest(address, port) for address, port in self.listen]

    def put(self, text: str, digest: str) -> dict[str, str]:
        """Let the edge run this, or leave it as it was: `outcome` and why."""
        draft = self.folder / "nginx.conf.new"
        _write(draft, text)
        refused = self._refused(draft)
        if refused:
            draft.unlink()
            return {"outcome": "refused", "why": refused}
        had_one = self.file.exists()
        if had_one and not self._is_half_done():
            _write(self.kept, self.text())
        draft.replace(self.file)
        why = self._take_up(digest)
        if not why:
            return {"outcome": "done", "why": ""}
        if had_one:
            self.kept.replace(self.file)
            self._take_up("")
        else:
            self.file.unlink()
        return {"outcome": "taken-back", "why": why}

    def _is_half_done(self) -> bool:
        """Whether the file never ran: somebody was killed between putting it there and seeing it run, and what ran is kept."""
        running = set(self.runs()) - {""}
        return self.kept.exists() and bool(running) and not any(f'"{digest}"' in self.text() for digest in running)

    def _refused(self, draft: Path) -> str:
        done = subprocess.run([self.program, "-t", "-q", "-e", "stderr", "-c", str(draft)], capture_output=True, text=True, check=False)
        return "" if done.returncode == 0 else _last(done.stderr, draft)

    def _take_up(self, digest: str) -> str:
        """Reload, or start what doesn't run; why it didn't become so, or nothing. Without a digest nobody is waited for."""
        begun = self.log.stat().st_size if self.log.exists() else 0
        master = self._master()
        old = _workers(master)
        words = ["-s", "reload"] if master else []
        done = subprocess.run([self.program, "-e", "stderr", "-c", str(self.file), *words], capture_output=True, text=True, check=False)
        if done.returncode:
            return _last(done.stderr, self.file)
        until = time.monotonic() + PATIENCE
        while digest and (set(self.runs()) != {digest} or old & _workers(master)):
            told = self._told(begun)
            if told or time.monotonic() > until:
                return told or f"{', '.join(f'{address}:{port}' for address, port in self.listen)} did not take it up in {PATIENCE:.0f} s"
            time.sleep(0.1)
        return ""

    def _told(self, begun: int) -> str:
        """The last word of nginx's log since then, where it gave up."""
        if not self.log.exists():
            return ""
        with self.log.open(encoding="utf-8", errors="replace") as file:
            file.seek(begun)
            said = file.read()
        return _last(said) if "still could not bind()" in said or ("[emerg]" in said and "bind()" not in said) else ""

    def _master(self) -> int:
        """The pid that nginx left if it is a master with this configuration; 0 if it isn't there, or somebody has its number by now."""
        try:
            pid = int((self.folder / "pid").read_text())
            return pid if str(self.file) in Path(f"/proc/{pid}/cmdline").read_text(errors="replace") else 0
        except (OSError, ValueError):
            return 0


def _workers(master: int) -> set[int]:
    """Who takes requests: a worker that was told to end does too until it has heard of it; from then on it is called otherwise."""
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            parent = int((process / "stat").read_text(errors="replace").rpartition(")")[2].split()[1])
            if parent == master and (process / "cmdline").read_bytes().rstrip(b"\0 ") == WORKER:
                found.add(int(process.name))
    return found


def _digest(address: str, port: int) -> str:
    connection = http.client.HTTPConnection(address, port, timeout=3)
    try:
        connection.request("GET", "/", headers={"Host": "which-configuration.invalid"})
        return connection.getresponse().getheader(HEADER) or ""
    except (OSError, http.client.HTTPException):
        return ""
    finally:
        connection.close()


def _last(said: str, path: Path | None = None) -> str:
    """The line that says why, without nginx's own marks and the name of a draft."""
    told = [line for line in said.strip().splitlines() if "still could not bind()" not in line]
    lines = [line for line in told if "[emerg]" in line] or told
    if not lines:
        return "nginx said nothing"
    why = re.sub(r"^.*\[emerg\] (\d+#\d+: )?", "", lines[-1])
    return why.replace(str(path), "nginx.conf") if path else why


def _write(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One at a time in this folder."""
    folder.mkdir(parents=True, exist_ok=True)
    held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
    finally:
        os.close(held)


if __name__ == "__main__":
    verb, where, listen, *new = sys.argv[1:]
    edge = Edge(Path(where), [(address, port) for address, port in json.loads(listen)])
    if verb == "look":
        found: dict[str, object] = {"text": edge.text(), "runs": edge.runs()}
    else:
        with _alone(edge.folder):
            found = dict(edge.put(*new))
    sys.stdout.write(json.dumps(found))
