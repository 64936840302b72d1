"""The restic repository: where it is, how it is reached, and running restic on it from the management network."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

from lab.box import Box
from lab.errors import LabFailed
from lab.logins.keys import OPERATOR, client_key, known_hosts
from ops.language import _
from ops.process import Command, Completed

FOLDER = "/srv/backup/restic"
SECRET = "restic"  # noqa: S105 - the name of a secret


@dataclass(frozen=True, slots=True)
class Store:
    """The repository at the remote centre."""

    centre: str
    url: str
    ssh: str

    def is_there(self, box: Box) -> bool:
        """Whether the repository was initialised, whole: restic writes its configuration last."""
        return (box.dir(self.centre, "srv", "backup", "restic") / "config").exists()

    def restic(self, box: Box, *arguments: str, output: Path | None = None) -> Completed:
        """Run restic to its end; with `output`, what it prints goes into that file."""
        argv = ("restic", "--no-cache", "-q", "-r", self.url, "-o", f"sftp.command={self.ssh}", *arguments)
        env = {"RESTIC_PASSWORD_FILE": str(box.secret(SECRET))}
        hint = _("is the host at {centre} up? citynode lab status").format(centre=self.centre)
        if output is None:
            return Command(argv, env=env, error=LabFailed, hint=hint, timeout=300).run()
        script = f"{shlex.join(argv)} > {shlex.quote(str(output))}"
        return Command(("sh", "-c", script), env=env, error=LabFailed, hint=hint, timeout=300).run()


def store_of(box: Box) -> Store:
    """The lab's store."""
    centre = box.city.centres[-1].name
    address = box.management_address(centre)
    ssh = (
        f"ssh -i {client_key(box, OPERATOR)} -o UserKnownHostsFile={known_hosts(box)} -o StrictHostKeyChecking=yes "
        f"-o BatchMode=yes -o ConnectTimeout=10 root@{address} -s sftp"
    )
    return Store(centre, f"sftp:root@{address}:{FOLDER}", ssh)
