"""A departmental host's database server: PostgreSQL 15 as Debian ships it, for one system.

It listens on the host's loopback and socket only, as such servers do; `wal_level=logical` is what a move needs of it.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from lab import processes
from lab.box import Box
from lab.errors import LabFailed
from lab.hosts.layout import SystemHost
from lab.sites.disk import own_disk
from lab.starting import wait_up
from ops.language import _
from ops.process import Command

BINARIES = "/usr/lib/postgresql/15/bin"
OWNER = "postgres"
LOCK = "postmaster.pid"
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "/var/run/postgresql",
    "wal_level": "logical",
    "max_wal_senders": "10",
    "max_replication_slots": "10",
    "max_connections": "60",
    "shared_buffers": "24MB",
    "max_wal_size": "256MB",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "jit": "off",
    "wal_receiver_status_interval": "1s",
    "wal_retrieve_retry_interval": "500ms",
}
RULES = "local all postgres peer\nhost all all 127.0.0.1/32 scram-sha-256\nhost replication all 127.0.0.1/32 scram-sha-256\n"


def start(box: Box, host: SystemHost) -> None:
    """A running server with its data folder, made at first use."""
    name = process(host)
    if box.alive(host.site, name):
        return
    if shutil.which(f"{BINARIES}/initdb") is None:
        raise LabFailed(
            _("the lab's hosts need PostgreSQL 15"),
            why=_("{BINARIES}/initdb isn't there").format(BINARIES=BINARIES),
            hint="apt-get install postgresql-15",
        )
    folder = data(box, host)
    shutil.chown(folder.parent, OWNER, OWNER)
    box.dir(host.site, "srv").chmod(0o755)
    if not (folder / "PG_VERSION").exists():
        _make(box, host)
    _unlock(box, host)
    box.spawn(host.site, name, own_disk(box, host.site, [f"{BINARIES}/postgres", "-D", host.cluster], user=OWNER), env={"HOME": "/tmp"})  # noqa: S108


def process(host: SystemHost) -> str:
    return f"postgres-{host.system}"


def data(box: Box, host: SystemHost) -> Path:
    """The server's data folder, from outside the host."""
    return box.dir(host.site, "srv", "postgresql") / host.system


def wait_ready(box: Box, host: SystemHost, seconds: float = 120) -> None:
    """Return when the server answers."""
    failed = _("the database of {system} did not come up at {site}").format(system=host.system, site=host.site)
    wait_up(box, host.site, process(host), lambda: answers(box, host), failed=failed, patience=seconds)


def answers(box: Box, host: SystemHost) -> bool:
    done = box.run(
        host.site, own_disk(box, host.site, [f"{BINARIES}/pg_isready", "-q", "-p", str(host.database_port)]), allowed=(0, 1, 2, 3)
    )
    return done.code == 0


def psql(box: Box, host: SystemHost, statements: str, *, database: str = "postgres", timeout: float = 120) -> str:
    """What psql prints for the statements, run by the server's owner over its socket."""
    argv = [f"{BINARIES}/psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-p", str(host.database_port), "-d", database]
    done = box.run(host.site, own_disk(box, host.site, argv, user=OWNER), stdin=statements, timeout=timeout, error=LabFailed)
    return done.stdout.strip()


def _unlock(box: Box, host: SystemHost) -> None:
    """Take the locks away that a server without power left behind: nobody of its folder runs any more.

    PostgreSQL goes by the pid in them, which is another process' by then, or still its own: who was killed keeps it until its parent
    has asked how it ended, and whoever adopted it here may take seconds for that.
    """
    locks = (data(box, host) / LOCK, box.dir(host.site, "sockets") / f".s.PGSQL.{host.database_port}.lock")
    if not any(lock.exists() for lock in locks):
        return
    processes.end_all(lambda: processes.working_in(data(box, host), [box.netns(host.site)]))
    for lock in locks:
        lock.unlink(missing_ok=True)


def _make(box: Box, host: SystemHost) -> None:
    """A new data folder, put in place whole."""
    fresh = f"{host.cluster}.new"
    settings = "".join(f"{name} = '{value}'\n" for name, value in {**SETTINGS, "port": str(host.database_port)}.items())
    script = (
        'rm -rf "$0" && "$1" -D "$0" -A peer -U postgres -E UTF8 --locale=C.UTF-8 -k -N >/dev/null '
        '&& printf %s "$2" >> "$0/postgresql.conf" && printf %s "$3" > "$0/pg_hba.conf" && mv "$0" "$4"'
    )
    argv = ["sh", "-c", script, fresh, f"{BINARIES}/initdb", settings, RULES, host.cluster]
    with_owner = own_disk(box, host.site, argv, user=OWNER)
    Command(tuple(with_owner), error=LabFailed, hint=_("see df: is the disk full?"), timeout=120).run()
