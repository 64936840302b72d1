"""Previews of the whole city beside a bare dry run of the same objects; one zone's change; 500 zones: `python -m benchmarks.preview`.

Needs no lab: it brings up a control plane for each centre (`benchmarks.control_plane`) and takes them down again. CITY, ROUNDS (their
median counts) and ZONES (125,250,500; 0 for none) may be given. Commands are timed as an operator runs them, the start of Python
included; the bare side is timed without it, its connections and discovery made before.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from kubernetes import config, dynamic

from benchmarks.control_plane import ControlPlane, control_plane
from city.load import load_city
from city.model import City
from cli.render import Table, to_text
from engines.resolve import ensure
from ops.access import Access
from ops.progress import Silent
from ops.reach import write_access
from stacks.engine.automation import CentreStack
from stacks.fleet import Fleet, assemble, declared, narrowed, raise_failed

THREADS = 16
AT_MOST = 2.0
ZONE_PREVIEW, ZONE_UP = 5.0, 10.0
GROWTH = (125, 250, 500)
_CITIES = Path(__file__).parents[1] / "cities"
_NOWHERE: dict[str, Any] = {"user": "none", "key": "/dev/null", "known_hosts": "/dev/null"}


def main() -> None:
    name = sys.argv[1] if len(sys.argv) > 1 else "shanwei"
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    counts = tuple(int(count) for count in sys.argv[3].split(",")) if len(sys.argv) > 3 else GROWTH
    with tempfile.TemporaryDirectory(prefix="cn-", ignore_cleanup_errors=True) as folder:
        whole(load_city(name), name, Path(folder), rounds)
        growth(load_city(name), Path(folder), [count for count in counts if count])


def whole(city: City, name: str, folder: Path, rounds: int) -> None:
    """The city's centres side by side, and a change to one of its zones."""
    with planes(city, folder) as reached:
        access = write(name, reached, folder)
        environment = {"CITYNODE_STATE": str(folder / "state"), "CITYNODE_ACCESS": str(access)}
        first = command(environment, "stack", "up", "--yes")
        bodies = [(site.name, manifest.body) for site in city.centres for manifest in declared(city, site)]
        bare_side = Bare(reached)
        bare_side.run(bodies)
        pairs = [(bare_side.run(bodies), command(environment, "stack", "preview")) for _ in range(rounds)]
        bare, preview = median(pair[0] for pair in pairs), median(pair[1] for pair in pairs)
        rows: list[tuple[str | float, ...]] = [
            (f"first up of {len(bodies)} objects", first, "", ""),
            (f"bare dry run, {THREADS} threads", bare, "", ""),
            ("no-change preview of all centres", preview, AT_MOST * bare, "yes" if preview <= AT_MOST * bare else "NO"),
        ]
        for what, seconds, promised in one_zone(city, environment, folder):
            rows.append((what, seconds, promised, "yes" if seconds < promised else "NO"))
    print(
        to_text(
            Table(
                ("what", "seconds", "promised", "kept"), rows, title=f"{city.name}, median of {rounds}", note=f"ratio {preview / bare:.2f}"
            )
        )
    )


def one_zone(city: City, environment: dict[str, str], folder: Path) -> Iterator[tuple[str, float, float]]:
    """A quota that was changed in the city's data: previewed, then applied, in every centre that has the zone."""
    system = next(system for system in city.systems if str(system.tier) == "application")
    changed = folder / "changed"
    shutil.copytree(_CITIES / city.name, changed)
    for path in (changed / "systems.yaml", *changed.glob("systems/*.yaml")):
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace(f"pods: {system.quota.pods}", f"pods: {system.quota.pods - 1}"), encoding="utf-8")
    words = ("--zone", system.name, "--city", str(changed))
    yield f"preview of zone {system.name}", command(environment, "stack", "preview", *words, allowed=(7,)), ZONE_PREVIEW
    yield f"up of zone {system.name}", command(environment, "stack", "up", "--yes", *words), ZONE_UP


def growth(city: City, folder: Path, counts: list[int]) -> None:
    """One centre with more and more zones: how a first up, a preview and one zone's run grow with them."""
    rows = []
    centre = city.centres[0].name
    for count in counts:
        many = synthetic(city, count)
        with control_plane(folder / f"plane-{count}") as plane:
            access = load("synthetic", {centre: plane})
            state = folder / f"state-{count}"
            state.mkdir()
            fleet = gathered(many, access, centre, state)
            up, objects = run(fleet, CentreStack.up)
            preview, _ = run(fleet, CentreStack.preview)
            one = gathered(many, access, centre, state, zones=(f"zone-{count // 2}",))
            zone_preview, _ = run(one, CentreStack.preview)
            zone_up, _ = run(one, CentreStack.up)
        rows.append((count, objects, up, preview, 1000 * preview / objects, zone_preview, zone_up))
    columns = ("zones", "objects", "first up (s)", "preview (s)", "ms an object", "one zone: preview (s)", "up (s)")
    print(to_text(Table(columns, rows, title="synthetic zones in one centre")))


def synthetic(city: City, count: int) -> City:
    """The city with this many small systems in place of its own."""
    model = next(system for system in city.systems if str(system.tier) == "application")
    systems = tuple(model.model_copy(update={"name": f"zone-{number}", "needs": (), "was": ()}) for number in range(count))
    return city.model_copy(update={"name": "synthetic", "systems": systems, "pools": (), "exemptions": ()})


class Bare:
    """The same objects by the kubernetes client alone: a server-side dry-run apply of each, in 16 threads."""

    def __init__(self, reached: dict[str, ControlPlane]) -> None:
        self._clients = {
            centre: dynamic.DynamicClient(config.new_client_from_config(str(plane.kubeconfig))) for centre, plane in reached.items()
        }

    def run(self, bodies: list[tuple[str, dict[str, Any]]]) -> float:
        """Seconds for all of them."""
        began = time.perf_counter()
        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(self._apply, bodies))
        return time.perf_counter() - began

    def _apply(self, entry: tuple[str, dict[str, Any]]) -> None:
        centre, body = entry
        client, metadata = self._clients[centre], body["metadata"]
        resource = client.resources.get(api_version=body["apiVersion"], kind=body["kind"])
        client.server_side_apply(
            resource, body=body, name=metadata["name"], namespace=metadata.get("namespace"), field_manager="citynode", dry_run="All"
        )


@contextmanager
def planes(city: City, folder: Path) -> Iterator[dict[str, ControlPlane]]:
    """A control plane for each centre."""
    with ExitStack() as running:
        yield {site.name: running.enter_context(control_plane(folder / site.name)) for site in city.centres}


def load(name: str, reached: dict[str, ControlPlane]) -> Access:
    """An access that knows the clusters and nothing else."""
    centres = {centre: {"address": "127.0.0.1", "kubeconfig": str(plane.kubeconfig)} for centre, plane in reached.items()}
    snmp = {"user": "none", "auth": "env:NONE", "privacy": "env:NONE"}
    values = {"city": name, "lab": "bench", "management": "127.0.0.0/8", "ssh": _NOWHERE, "probe": _NOWHERE, "snmp": snmp}
    return Access.model_validate({**values, "centres": centres})


def write(name: str, reached: dict[str, ControlPlane], folder: Path) -> Path:
    """The access as a file."""
    path = folder / "access.yaml"
    write_access(load(name, reached), path)
    return path


def gathered(city: City, access: Access, centre: str, state: Path, *, zones: tuple[str, ...] = ()) -> Fleet:
    """The fleet of one centre."""
    names, scope = narrowed(city, (centre,), zones)
    pulumi = ensure(["pulumi"], Silent())["pulumi"]
    return assemble(city, access, names, state=state, pulumi=pulumi, progress=Silent(), scope=scope)


def run(fleet: Fleet, work: Any) -> tuple[float, int]:
    """Seconds and objects of one run."""
    began = time.perf_counter()
    runs = fleet.each(work)
    raise_failed(runs)
    return time.perf_counter() - began, sum(each.objects for each in runs)


def command(environment: dict[str, str], *words: str, allowed: tuple[int, ...] = (0,)) -> float:
    """Seconds that a command took, the start of Python included."""
    began = time.perf_counter()
    argv = [sys.executable, "-m", "cli.main", *words, "-q", "-o", "json"]
    done = subprocess.run(argv, env={**os.environ, **environment}, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - began
    if done.returncode not in allowed:
        raise SystemExit(f"{' '.join(argv)}: exit {done.returncode}\n{done.stderr}\n{json.dumps(done.stdout)[:2000]}")
    return seconds


if __name__ == "__main__":
    main()
