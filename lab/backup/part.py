"""The lab's part `backup`: a restic repository at the remote centre, reached by SFTP over SSH, and a first backup in it.

The first backup is proven: what restic gives back must be byte for byte what was handed to it.
"""

from __future__ import annotations

import hashlib
import json
import shlex
import shutil
from typing import ClassVar

from lab.backup.store import SECRET, Store, store_of
from lab.box import Box
from lab.errors import LabFailed
from lab.hosts import postgres
from lab.hosts.layout import SystemHost, hosts_of
from lab.part import AccessPatch, Health
from lab.record import write_atomic
from lab.sites.disk import own_disk
from ops.language import _
from ops.progress import Progress


class Backup:
    """The backup store."""

    name: ClassVar[str] = "backup"
    after: ClassVar[tuple[str, ...]] = ("sites", "hosts")

    def up(self, box: Box, progress: Progress) -> None:
        """A repository with at least one proven backup."""
        if shutil.which("restic") is None:
            raise LabFailed(_("the lab's backup store needs restic"), why=_("it isn't installed"), hint="apt-get install restic")
        store = store_of(box)
        if box.is_dark(store.centre):
            return
        if not store.is_there(box):
            store.restic(box, "init")
        hosts = [host for host in hosts_of(box.city, box.spec) if not box.is_off(host.site)]
        if hosts and not _proof(box):
            smallest = min(hosts, key=lambda host: host.seed_mb)
            progress.step(_("first backup of {system}").format(system=smallest.system))
            _prove(box, store, smallest)
        progress.step(_("repository ready"))

    def status(self, box: Box) -> list[Health]:
        """The repository and the backup that was proven."""
        store = store_of(box)
        if box.is_dark(store.centre) or not box.alive(store.centre, "sshd"):
            return [Health("backup", store.centre, "down", _("its host does not answer"))]
        if not store.is_there(box):
            return [Health("backup", store.centre, "down", _("no repository"))]
        proof = _proof(box)
        detail = _("first backup of {system} proven, {bytes} bytes").format(**proof) if proof else _("no backup yet")
        return [Health("backup", store.centre, "up" if proof else "degraded", detail)]

    def access(self, box: Box) -> AccessPatch:
        """The repository and where it lies; its password is a secret of the lab."""
        store = store_of(box)
        host = str(box.management_address(store.centre))
        return {"backup": {"repository": store.url, "host": host, "password": f"file:{box.secret(SECRET)}"}}

    def down(self, box: Box) -> None:
        """Nothing: the repository is in the box's folder."""


def _prove(box: Box, store: Store, host: SystemHost) -> None:
    """Dump a system's database into the store, read it back, compare."""
    dump = box.dir(host.site, "srv", "backup") / f"{host.database}.dump"
    argv = [f"{postgres.BINARIES}/pg_dump", "-Fc", "-p", str(host.database_port), "-d", host.database]
    script = " ".join(map(shlex.quote, own_disk(box, host.site, argv, user=postgres.OWNER))) + f" > {shlex.quote(str(dump))}"
    box.run(host.site, ["sh", "-c", script], error=LabFailed)
    store.restic(box, "backup", "--tag", host.system, "--host", host.site, str(dump))
    back = dump.with_suffix(".back")
    store.restic(box, "dump", "--tag", host.system, "latest", str(dump), output=back)
    sums = [hashlib.sha256(path.read_bytes()).hexdigest() for path in (dump, back)]
    if sums[0] != sums[1]:
        raise LabFailed(
            _("the first backup of {system} came back different").format(system=host.system),
            why=" != ".join(sums),
            hint=_("citynode lab up tries again"),
        )
    back.unlink()
    facts = {"system": host.system, "bytes": dump.stat().st_size, "sha256": sums[0]}
    write_atomic(box.dir(store.centre) / "backup-proof.json", json.dumps(facts))


def _proof(box: Box) -> dict[str, str] | None:
    path = box.dir(store_of(box).centre) / "backup-proof.json"
    return dict(json.loads(path.read_text())) if path.exists() else None
