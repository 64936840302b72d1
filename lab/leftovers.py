"""What of a lab is on this machine right now: the check behind the promise that `lab down` leaves nothing.

It looks where the kernel and the programs keep things, not into the lab's own record: a leftover is exactly what the record has
forgotten. It changes nothing. What all labs share (accounts, FRR's common files) counts only when no lab is left.
"""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from lab import namespace, processes, slots
from lab.clusters.cleanup import CGROUPS, LOG_LINKS
from lab.frr.daemons import SAVED, SOCKETS, leftovers
from lab.kernel import note
from lab.logins.users import COMMENT, EXTRA
from lab.wires.netlink import Netlink
from ops.errors import CitynodeError
from ops.process import Command


def traces(name: str, *, folder: Path, slot: int | None = None) -> tuple[str, ...]:
    """Everything of the lab that exists, in words; empty when nothing stayed."""
    found = [*_namespaces(name), *_processes(name, folder), *_mounts(name, folder), *_cgroups(name), *_files(name, folder)]
    network = () if slot is None else tuple(_network(slot))
    shared = tuple(_shared())
    claims = slots.claims()  # read last: whoever took the slot before we looked stands in it
    if all(claim.slot != slot or claim.name == name for claim in claims):
        found += network
    if not claims:
        found += shared
    return tuple(found)


def _namespaces(name: str) -> Iterator[str]:
    return (f"network namespace {found}" for found in namespace.named(f"{name}."))


def _processes(name: str, folder: Path) -> Iterator[str]:
    """By mark; by a root in the lab's folder, for what a shim starts has no mark; by that folder in their arguments, for sshd loses its."""
    pids = {process.pid for process in (*processes.marked(f"{name}/").values(), *processes.rooted(folder))}
    wanted = os.fsencode(f"{folder}/")
    for pid in processes.pids():
        with suppress(OSError):
            if pid != os.getpid() and wanted in Path(f"/proc/{pid}/cmdline").read_bytes() and processes.start_of(pid):
                pids.add(pid)
    for pid in sorted(pids):
        with suppress(OSError):
            yield f"process {pid} {Path(f'/proc/{pid}/comm').read_text().strip()}"


def _mounts(name: str, folder: Path) -> Iterator[str]:
    """Here and in every mount namespace of somebody else, where a forgotten one keeps a network namespace alive."""
    wanted = (f" {folder}/", f" {namespace.FOLDER}/{name}.")
    seen = set()
    for table in Path("/proc").glob("[0-9]*/mountinfo"):
        with suppress(OSError):
            for line in table.read_text(errors="replace").splitlines():
                if any(text in line for text in wanted):
                    seen.add(line.split()[4])
    return (f"mount {point}" for point in sorted(seen))


def _cgroups(name: str) -> Iterator[str]:
    folders = [CGROUPS / "citynode", *(each / "citynode" for each in CGROUPS.iterdir())] if CGROUPS.is_dir() else []
    own = (path for folder in folders for path in sorted(folder.glob(f"{name}.*")))
    empty = [path for path in CGROUPS.glob("*/k8s.io/*/cgroup.procs") if not path.read_text()] if not slots.claims() else []
    return (f"control group {path}" for path in (*own, *(path.parent for path in empty)))


def _files(name: str, folder: Path) -> Iterator[str]:
    places = [folder, slots.REGISTER / f"lab-{name}", slots.REGISTER / f"{name}.lab", slots.REGISTER / f"{name}.lock"]
    places += [*SAVED.glob(f"{name}_*"), *SOCKETS.glob(f"{name}_*")]
    if LOG_LINKS.is_dir():
        places += [link for link in LOG_LINKS.iterdir() if link.is_symlink() and str(link.readlink()).startswith(f"{folder}/")]
    return (f"file {path}" for path in places if path.exists() or path.is_symlink())


def _network(slot: int) -> Iterator[str]:
    """The bridge and its ports, addresses of the management network, packet filter rules that name them."""
    bridge, management = f"cn{slot}", f"10.{192 + slot}."
    with Netlink(None) as machine:
        cards = [card for card in machine.cards() if card == bridge or card.startswith(f"{bridge}m")]
        addresses = [used for used in machine.used() if used.startswith(management)]
    yield from (f"interface {card}" for card in sorted(cards))
    yield from (f"address in {network}" for network in addresses)
    for argv in (("nft", "list", "ruleset"), ("iptables-save",), ("ip6tables-save",)):
        with suppress(CitynodeError):
            rules = Command(argv, timeout=10).run().stdout.splitlines()
            yield from (
                f"{argv[0]} rule {line.strip()}" for line in rules if bridge in line.replace('"', " ").split() or management in line
            )


def _shared() -> Iterator[str]:
    """What the labs have in common and the last one takes away."""
    for account in EXTRA:
        with suppress(KeyError):
            if pwd.getpwnam(account).pw_gecos == COMMENT:
                yield f"account {account}"
    for path in (*(each for each in (slots.REGISTER, note()) if each.exists()), *leftovers(is_last=True)):
        yield f"file {path}"
