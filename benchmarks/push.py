"""How long the whole city takes: read and compare, push from bare routers, push again; beside it OpenSSH alone, and Nornir.

    python -m benchmarks.push            against the lab in use; it is put back as it was

Every figure is wall clock of the real command, its start included. The floor is a loop of OpenSSH sessions that read or
type the same lines, eight at a time, and verify nothing. Nornir with nornir-netmiko types the very same lines in the same run,
if it is installed. The programs' files and the kernel's rules, which neither could hand over, stay on the routers while the same lines
are compared; the push from bare routers takes them along. Refuses a real city: routers are emptied of everything of ours.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from importlib.util import find_spec

from city.model import City
from cli.frame import Frame
from network.compare import patch_for, read_all, snapshot_target, targets
from network.desk import Desk
from network.dialect.frr import of_vtysh
from network.open import open_desk
from network.tree import Tree, text_of
from ops.access import Access

PARALLEL = 8
EMPTY = Tree()


def main() -> int:
    """Measure and print; 0 when every step did what it should."""
    here = Frame()
    if not here.access.lab:
        print("this empties routers: only a lab may be measured", file=sys.stderr)
        return 2
    desk = open_desk(here.city, here.access, here.control)
    names = list(here.city.router_by_name)
    before = held(desk, names)
    rows: list[tuple[str, float, str]] = []

    def timed(what: str, work: Callable[[], str]) -> None:
        began = time.monotonic()
        said = work()
        rows.append((what, time.monotonic() - began, said))
        print(f"{what:<52} {rows[-1][1]:8.2f} s  {said}", flush=True)

    print(f"{here.city.name}: {len(names)} routers, lab {here.access.lab}")
    try:
        timed("floor: OpenSSH reads every router", lambda: floor(here.city, here.access, dict.fromkeys(names, "show running-config")))
        timed("net diff of the whole city", lambda: citynode("net", "diff", wanted=(0, 7)))
        empty(desk, names)
        wanted = targets(here.city, desk.rollout, names)
        typed = {name: f"configure terminal\n{text_of(of_vtysh(tree))}end\nwrite memory" for name, tree in wanted.items()}
        timed("floor: OpenSSH types every line of every router", lambda: floor(here.city, here.access, typed))
        empty(desk, names)
        if find_spec("nornir_netmiko"):
            from benchmarks.rivals import nornir_push

            timed("nornir-netmiko reads every router", lambda: nornir_push(here.city, here.access, dict.fromkeys(names, ())))
            bare = {name: commands(desk, name, wanted) for name in names}
            towards(desk, wanted)
            without_lines(desk, names)
            timed("nornir-netmiko types the lines of every router", lambda: nornir_push(here.city, here.access, bare))
            without_lines(desk, names)
            timed("net push of the same lines", lambda: citynode("net", "push", "--yes"))
            empty(desk, names)
        timed("net push from bare routers", lambda: citynode("net", "push", "--yes"))
        timed("net verify until every address answers", lambda: citynode("net", "verify", "--wait", "90"))
        timed("net push again", lambda: citynode("net", "push", "--yes"))
        spoil(desk, names)
        timed("net push where every router lacks a line", lambda: citynode("net", "push", "--yes"))
    finally:
        restore(desk, before)
    return 0


def commands(desk: Desk, name: str, wanted: Mapping[str, Tree]) -> tuple[str, ...]:
    """The lines that a push would type on a bare router."""
    return patch_for(desk.city, name, "", of_vtysh(wanted[name])).commands


def citynode(*words: str, wanted: tuple[int, ...] = (0,)) -> str:
    """Run the command; what it says of itself."""
    done = subprocess.run([sys.executable, "-m", "cli.main", *words, "-o", "json", "-q"], capture_output=True, text=True, check=False)
    if done.returncode not in wanted:
        raise SystemExit(f"citynode {' '.join(words)}: exit {done.returncode}\n{done.stderr[-2000:]}")
    data = json.loads(done.stdout)
    shown = {key: data[key] for key in ("pending", "changed", "seconds", "addresses") if key in data}
    return ", ".join(f"{key} {value}" for key, value in shown.items())


def floor(city: City, access: Access, lines: Mapping[str, str]) -> str:
    """The lines given to each router by one OpenSSH process, eight at a time."""
    login = access.ssh
    options = ("-o", "BatchMode=yes", "-o", f"UserKnownHostsFile={login.known_hosts}", "-o", "LogLevel=ERROR", "-i", str(login.key))

    def one(name: str) -> int:
        host = str(access.management_address(city.router_by_name[name].management))
        argv = ("ssh", "-T", "-F", "/dev/null", *options, "-p", str(login.port), f"{login.user}@{host}")
        return subprocess.run(argv, input=lines[name] + "\nexit\n", capture_output=True, text=True, check=False).stdout.count("\n")

    with ThreadPoolExecutor(PARALLEL) as pool:
        return f"{sum(pool.map(one, lines))} lines printed"


def held(desk: Desk, names: list[str]) -> dict[str, str]:
    """What every router holds; all of them must answer."""
    answers = read_all(desk, names)
    for answer in answers:
        if answer.error is not None:
            raise SystemExit(f"{answer.device}: {answer.error}")
    return {answer.device: str(answer.value) for answer in answers}


def towards(desk: Desk, wanted: Mapping[str, Tree]) -> None:
    """Type what brings the routers there, and save it: no wave, no check."""

    def one(name: str) -> None:
        with closing(desk.fleet.connect(name)) as device:
            device.apply(patch_for(desk.city, name, device.running(), wanted[name]).commands)
            device.save()

    with ThreadPoolExecutor(PARALLEL) as pool:
        list(pool.map(one, wanted))


def empty(desk: Desk, names: list[str]) -> None:
    """Take everything of ours from every router."""
    towards(desk, dict.fromkeys(names, EMPTY))


def without_lines(desk: Desk, names: list[str]) -> None:
    """Take FRR's lines of ours from every router, and nothing else."""
    now = {name: snapshot_target(desk.city, name, text) for name, text in held(desk, names).items()}
    towards(desk, {name: Tree(tuple(node for node in tree.nodes if node not in of_vtysh(tree).nodes)) for name, tree in now.items()})


def spoil(desk: Desk, names: list[str]) -> None:
    """Type a line of one's own on every router."""

    def one(name: str) -> None:
        with closing(desk.fleet.connect(name)) as device:
            device.apply(["interface lo", "description by hand", "exit"])

    with ThreadPoolExecutor(PARALLEL) as pool:
        list(pool.map(one, names))


def restore(desk: Desk, before: Mapping[str, str]) -> None:
    """Every router as it was."""
    towards(desk, {name: snapshot_target(desk.city, name, text) for name, text in before.items()})


if __name__ == "__main__":
    sys.exit(main())
