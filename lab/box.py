"""The box that a city stands in: names, addresses, folders and processes of one lab.

Parts of the lab get a Box and nothing else. It refuses to start anything on a node that is powered off by a fault.
Making and ending the box itself is the work of `lab.slots`, `lab.up` and `lab.down`.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from threading import RLock
from typing import Any

from city.model import City, Link
from lab import processes
from lab.errors import PoweredOff
from lab.fault import dark_nodes, off_nodes
from lab.namespace import inode, inside
from lab.processes import Process
from lab.record import Record, write_atomic
from lab.spec import LabSpec
from ops.language import _
from ops.process import Command, Completed

SITE_NUMBERS = 60100


class Box:
    """One lab on this machine."""

    def __init__(self, *, folder: Path, city: City, spec: LabSpec, record: Record) -> None:
        self.folder = folder
        self.city = city
        self.spec = spec
        self.record = record
        self.name = record.facts.name
        self.slot = record.facts.slot
        self._lock = RLock()
        self._running: dict[str, Process] = {}

    def __repr__(self) -> str:
        return f"Box({self.name!r}, city={self.city.name!r}, slot={self.slot})"

    @property
    def management(self) -> IPv4Network:
        """The out-of-band network: /16, the machine itself is host 1 on the lab's bridge."""
        return IPv4Network(f"10.{192 + self.slot}.0.0/16")

    @property
    def bridge(self) -> str:
        """The management network's bridge in the machine's own namespace."""
        return f"cn{self.slot}"

    @property
    def links(self) -> tuple[Link, ...]:
        """The links that are built."""
        return self.spec.links(self.city)

    @property
    def nodes(self) -> tuple[str, ...]:
        """Every node: all routers, then the sites that are built."""
        return (*(router.name for router in self.city.routers), *self.spec.sites)

    def netns(self, node: str) -> str:
        """The name of the node's network namespace."""
        return f"{self.name}.{node}"

    def pathspace(self, node: str) -> str:
        """FRR's name for the node (`-N`), under which it keeps sockets and configuration; FRR forbids dots in it."""
        return f"{self.name}_{node}"

    def management_address(self, node: str) -> IPv4Address:
        """The node's address in the out-of-band network."""
        router = self.city.router_by_name.get(node)
        number = router.management if router else SITE_NUMBERS + self.city.site_by_name[node].number
        return self.management.network_address + number

    def dir(self, node: str, *parts: str) -> Path:
        """A folder of the node's own, made if it isn't there."""
        path = self.folder.joinpath("nodes", node, *parts)
        path.mkdir(parents=True, exist_ok=True)
        return path

    def outside(self, path: Path) -> Path:
        """Note that a path beyond the lab's folder belongs to the lab and goes away with it; call it before making it."""
        self.record.claim(path)
        return path

    def secret(self, name: str, size: int = 16) -> Path:
        """The file of a secret of this lab, made of `size` random bytes in hex at first use; refer to it as `file:PATH`."""
        path = self.folder / "secrets" / name
        with self._lock:
            if not path.is_file():
                path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                write_atomic(path, secrets.token_hex(size))
        return path

    def log(self, node: str, name: str) -> Path:
        """Where a process writes what it has to say."""
        return self.folder / "log" / f"{node}.{name}.log"

    def said(self, node: str, name: str, *, lines: int = 2) -> str:
        """The last lines that a process wrote, as one: why it ended, most often."""
        try:
            text = self.log(node, name).read_text(errors="replace")
        except OSError:
            text = ""
        return " / ".join(text.strip().splitlines()[-lines:])[-400:] or "it said nothing"

    def ended(self) -> tuple[tuple[str, str], ...]:
        """Node and name of every process that this Box started and that runs no more."""
        with self._lock:
            started = tuple(self._running)
        marks = (mark.split("/", 2)[1:] for mark in started)
        return tuple((node, name) for node, name in marks if not self.alive(node, name))

    def is_off(self, node: str) -> bool:
        """Whether a fault keeps the node without power."""
        return node in off_nodes(self.record.facts.faults)

    def is_dark(self, node: str) -> bool:
        """Whether a fault keeps everybody from reaching the node; what is in it may run all the same."""
        return node in dark_nodes(self.record.facts.faults)

    def spawn(
        self,
        node: str,
        name: str,
        argv: Sequence[str],
        *,
        user: str | None = None,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> int:
        """Start a long-running program on the node unless it runs already; returns its pid."""
        running = self._find(node, name)
        if running:
            return running.pid
        if self.is_off(node):
            raise PoweredOff(_("{node} is powered off").format(node=node), why=_("lab break"), hint=f"citynode lab heal {node}")
        process = processes.start(
            self.netns(node), self._mark(node, name), argv, log=self.log(node, name), user=user, env=env or {}, cwd=cwd
        )
        self._pid_file(node, name).parent.mkdir(parents=True, exist_ok=True)
        self._pid_file(node, name).write_text(f"{process.pid} {process.start}\n")
        with self._lock:
            self._running[self._mark(node, name)] = process
        return process.pid

    def alive(self, node: str, name: str) -> bool:
        """Whether the process that `spawn` started under this name runs."""
        return self._find(node, name) is not None

    def found_on(self, node: str) -> tuple[Process, ...]:
        """Whatever was running on the node when this Box first looked at the machine, and runs still."""
        with suppress(OSError):
            return tuple(process for process in self._found.get(inode(self.netns(node)), ()) if process.alive)
        return ()

    def stop(self, node: str, name: str, *, grace: float = 5.0) -> None:
        """End the process: ask it, wait `grace` seconds, then kill it."""
        running = self._find(node, name)
        if running:
            processes.end([running], grace=grace)
        self._pid_file(node, name).unlink(missing_ok=True)
        with self._lock:
            self._running.pop(self._mark(node, name), None)

    def run(self, node: str, argv: Sequence[str], **settings: Any) -> Completed:
        """Run a program on the node to its end; `settings` are those of `ops.process.Command`."""
        with inside(self.netns(node)):
            return Command(tuple(argv), **settings).run()

    def _mark(self, node: str, name: str) -> str:
        return f"{self.name}/{node}/{name}"

    def _pid_file(self, node: str, name: str) -> Path:
        return self.folder / "run" / node / name

    def _find(self, node: str, name: str) -> Process | None:
        processes.reap()
        known = self._running.get(self._mark(node, name))
        if known is None:
            with suppress(OSError, ValueError):
                pid, start = self._pid_file(node, name).read_text().split()
                known = Process(int(pid), int(start))
        if known is None or not known.alive:
            known = self._orphans.get(self._mark(node, name))
        return known if known and known.alive else None

    @cached_property
    def _orphans(self) -> dict[str, Process]:
        """Processes of this lab that were running when this Box first looked: their starter may have been killed."""
        return processes.marked(f"{self.name}/", leading=True)

    @cached_property
    def _found(self) -> dict[int, list[Process]]:
        """The machine's processes when this Box first looked, by the inode of their network namespace."""
        return processes.by_namespace()
