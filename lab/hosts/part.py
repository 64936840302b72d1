"""The lab's part `hosts`: departments' systems as they run today, each with a database, files and its application."""

from __future__ import annotations

import json
import sys
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import ClassVar

from lab.box import Box
from lab.hosts import postgres, seed
from lab.hosts.layout import SystemHost, hosts_of
from lab.hosts.refapp import app as refapp
from lab.namespace import inside
from lab.part import AccessPatch, Health
from lab.sites.disk import own_disk
from ops.language import _
from ops.progress import Progress

ANSWERS_WITHIN = 60.0
"""Seconds that a system's application has to answer after its start; a busy machine takes several."""


class Hosts:
    """Every self-built system that lab.yaml names."""

    name: ClassVar[str] = "hosts"
    after: ClassVar[tuple[str, ...]] = ("sites",)

    def up(self, box: Box, progress: Progress) -> None:
        """Start what doesn't run and fill what is empty."""
        hosts = [host for host in hosts_of(box.city, box.spec) if not box.is_off(host.site)]
        with ThreadPoolExecutor(max_workers=2) as pool:
            jobs = [pool.submit(bring_up, box, host) for host in hosts]
            for number, (host, job) in enumerate(zip(hosts, jobs, strict=True), start=1):
                job.result()
                progress.step(_("{system} runs at {site}").format(system=host.system, site=host.site), done=number, total=len(hosts))

    def status(self, box: Box) -> list[Health]:
        """Each system by its own health page, asked at its host."""
        return [_health(box, host) for host in hosts_of(box.city, box.spec)]

    def access(self, box: Box) -> AccessPatch:
        """Nothing beyond the sites' logins: a system is reached through its host."""
        return {}

    def down(self, box: Box) -> None:
        """Nothing: processes, their mounts and folders are the box's."""


def bring_up(box: Box, host: SystemHost) -> None:
    """One system, from nothing to answering."""
    secret = box.secret(f"app-{host.system}")
    postgres.start(box, host)
    seed.seed_files(box, host)
    postgres.wait_ready(box, host)
    seed.seed_database(box, host, secret.read_text().strip())
    start_app(box, host, secret)
    until = time.monotonic() + ANSWERS_WITHIN
    while _health(box, host).state != "up" and box.alive(host.site, f"app-{host.system}") and time.monotonic() < until:
        time.sleep(0.1)  # who still does not answer then is told by the lab's own health


def start_app(box: Box, host: SystemHost, secret: Path) -> None:
    """The reference application on the host's address in its local network, in both families."""
    box.spawn(
        host.site,
        f"app-{host.system}",
        own_disk(box, host.site, [sys.executable, str(Path(refapp.__file__))]),
        env={
            "APP_SYSTEM": host.system,
            "APP_PORT": str(host.app_port),
            "APP_LISTEN": f"{host.ipv4},{host.ipv6}",
            "APP_DATABASE": f"host=127.0.0.1 port={host.database_port} dbname={host.database} user={host.database}",
            "APP_PASSWORD_FILE": str(secret),
            "APP_FILES": host.files,
        },
    )


def _health(box: Box, host: SystemHost) -> Health:
    if box.is_off(host.site):
        return Health("host", host.system, "down", _("{site} is powered off").format(site=host.site))
    try:
        with inside(box.netns(host.site)), urllib.request.urlopen(f"http://{host.ipv4}:{host.app_port}/health", timeout=3) as answer:
            said = json.load(answer)
    except Exception as problem:  # noqa: BLE001 - whatever is broken is this row's state
        running = box.alive(host.site, postgres.process(host))
        told = _("at {site}: {problem}").format(site=host.site, problem=problem)
        return Health("host", host.system, "down", told if running else _("{problem}; its database is down").format(problem=told))
    text = _("at {site}, read-only (moved, or being moved)") if said["read_only"] else _("at {site}")
    detail = text.format(site=host.site)
    return Health("host", host.system, "up", detail)
