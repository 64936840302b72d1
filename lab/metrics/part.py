"""The lab's part `metrics`: at the remote centre an exporter that polls the routers, and Debian's Prometheus that keeps what it says.

Both stand at the remote centre, on the management network: what the network did must be known when the production
centre is dark. The exporter is `citynode mon serve` itself, run with the lab's own access file, exactly as an operator
would run it; an operator may run one more elsewhere without disturbing this one.
"""

from __future__ import annotations

import json
import shutil
import sys
import time
from http.client import HTTPException
from pathlib import Path
from typing import ClassVar
from urllib.request import urlopen

from city.model import CentreRole
from lab.access_file import path_of
from lab.box import Box
from lab.errors import LabFailed
from lab.part import AccessPatch, Health
from lab.starting import not_up
from ops.language import _
from ops.progress import Progress

PROGRAM = "prometheus"
EXPORTER = "exporter"
PROMETHEUS_PORT = 9090
EXPORTER_PORT = 9436
SCRAPE_SECONDS = 6
"""A multiple of 3: net-snmp counts anew every 3 seconds, and a scrape out of step with it sees now 3 and now 6 of them."""
READY_SECONDS = 120
HOME = Path(__file__).resolve().parent.parent.parent

CONFIG = """\
global:
  scrape_interval: {interval}s
  scrape_timeout: {timeout}s
scrape_configs:
  - job_name: routers
    static_configs:
      - targets: ['{exporter}']
        labels: {{city: {city}}}
"""


class Metrics:
    """The exporter and Prometheus."""

    name: ClassVar[str] = "metrics"
    after: ClassVar[tuple[str, ...]] = ("routers", "sites")

    def up(self, box: Box, progress: Progress) -> None:
        """Start both unless they run; return when Prometheus has scraped the routers once, which it can't while its centre is dark."""
        if shutil.which(PROGRAM) is None:
            raise LabFailed(_("the lab's metrics need Prometheus"), why=_("it isn't installed"), hint="apt-get install prometheus")
        node = centre_of(box)
        start(box, node)
        progress.step(_("Prometheus and the exporter run"))
        if not box.is_dark(node):
            _wait(box, node)

    def status(self, box: Box) -> list[Health]:
        """Prometheus, and what it thinks of its one target."""
        node = centre_of(box)
        if box.is_dark(node):
            return [Health("metrics", f"prometheus@{node}", "down", _("its centre is dark"))]
        if not box.alive(node, PROGRAM):
            return [Health("metrics", f"prometheus@{node}", "down", _("not running"))]
        found = scrape_state(box, node)
        return [
            Health("metrics", f"prometheus@{node}", "up" if found == "up" else "degraded", _("routers scraped") if found == "up" else found)
        ]

    def access(self, box: Box) -> AccessPatch:
        """Where to ask."""
        return {"prometheus": _url(box, centre_of(box))}

    def down(self, box: Box) -> None:
        """Nothing: the box ends the processes and their folder."""


def centre_of(box: Box) -> str:
    """The remote centre's name."""
    return next(site.name for site in box.city.centres if site.role is CentreRole.REMOTE)


def start(box: Box, node: str) -> None:
    """Start what doesn't run."""
    folder = box.dir(node, "prometheus")
    address = box.management_address(node)
    exporter = f"{address}:{EXPORTER_PORT}"
    config = folder / "prometheus.yml"
    config.write_text(CONFIG.format(interval=SCRAPE_SECONDS, timeout=SCRAPE_SECONDS - 1, exporter=exporter, city=box.city.name))
    command = [
        sys.executable,
        "-m",
        "cli.main",
        "mon",
        "serve",
        "--city",
        box.record.facts.city,
        "--access",
        str(path_of(box)),
        "--listen",
        exporter,
    ]
    box.spawn(node, EXPORTER, command, cwd=HOME)
    box.spawn(
        node,
        PROGRAM,
        [
            PROGRAM, f"--config.file={config}", f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address={address}:{PROMETHEUS_PORT}", "--storage.tsdb.retention.time=30d", "--log.level=warn",
        ],
        env={"GOMAXPROCS": "1"},
    )  # fmt: skip


def scrape_state(box: Box, node: str) -> str:
    """`up` if the last scrape worked, else why not, in a few words."""
    try:
        with urlopen(f"{_url(box, node)}/api/v1/targets?state=active", timeout=3) as answer:  # noqa: S310 - http only
            targets = json.load(answer)["data"]["activeTargets"]
    except (OSError, ValueError, KeyError, HTTPException) as broken:
        return f"Prometheus does not answer: {broken}"
    if not targets:
        return "no target yet"
    return "up" if targets[0]["health"] == "up" else str(targets[0]["lastError"] or "not scraped yet")


def _url(box: Box, node: str) -> str:
    return f"http://{box.management_address(node)}:{PROMETHEUS_PORT}"


def _wait(box: Box, node: str) -> None:
    end = time.monotonic() + READY_SECONDS
    while (found := scrape_state(box, node)) != "up":
        dead = next((name for name in (PROGRAM, EXPORTER) if not box.alive(node, name)), "")
        if dead or time.monotonic() > end:
            failed = _("Prometheus did not get the routers' metrics")
            raise not_up(box, node, dead or PROGRAM, failed, why="" if dead else found)
        time.sleep(0.2)
