"""The lab's part `quorum`: etcd and PostgreSQL under Patroni across the three centres, from nothing to settled.

It refuses to guess: it is up only when the primary itself says that the standbys stream and one of them is synchronous.
"""

from __future__ import annotations

import os
import pwd
import shutil
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from lab.quorum import client, health
from lab.quorum.etcd import etcd_argv
from lab.quorum.layout import POSTGRES, Layout, Member, layout_of
from lab.quorum.patroni import BINARIES, REST_USER, SUPERUSER, Passwords, patroni_config
from lab.quorum.sandbox import HOME, sandboxed
from ops.errors import CitynodeError, TimedOut
from ops.language import N_, WORD, _

if TYPE_CHECKING:
    from collections.abc import Callable

    from lab.box import Box
    from lab.part import Health
    from ops.progress import Progress

ETCD = "dcs-etcd"
PATRONI = "patroni"
PATIENCE = 180.0
"""Seconds for each step; it takes a tenth of it on an idle machine and most of it on a busy small one."""
SUPERUSER_SECRET, REPLICATION_SECRET, REST_SECRET = "postgres-superuser", "postgres-replication", "patroni-rest"


class Quorum:
    """etcd and PostgreSQL across the three centres."""

    name: ClassVar[str] = "quorum"
    after: ClassVar[tuple[str, ...]] = ("sites",)

    def up(self, box: Box, progress: Progress) -> None:
        """Start what isn't running and wait until the databases replicate, as far as no centre is dark."""
        _require_programs()
        layout, words = layout_of(box), _passwords(box)
        lit = _lit(box, layout)
        progress.step(_("quorum: etcd across the centres"), done=0, total=3)
        for member in layout.members:
            box.spawn(member.centre, ETCD, etcd_argv(layout, member, box.dir(member.centre, "dcs")))
        _start(box, layout, layout.preferred, words)
        _wait(box, "the etcd quorum", PATIENCE, lambda: all(map(client.is_dcs_healthy, lit.members)))
        progress.step(_("quorum: PostgreSQL at {centre}").format(centre=layout.preferred.centre), done=1, total=3)
        if layout.preferred in lit.members and not _has_data(box, layout):
            _wait(box, "the first primary", PATIENCE, lambda: client.is_primary(client.patroni_state(layout.preferred)))
        progress.step(_("quorum: standbys"), done=2, total=3)
        for member in layout.members:
            _start(box, layout, member, words)
        if lit.members:
            _wait(box, "streaming standbys", PATIENCE, lambda: health.is_settled(lit, health.look(lit, words.superuser)))
        progress.step(_("quorum: settled"), done=3, total=3)

    def status(self, box: Box) -> list[Health]:
        """Two rows a centre: its vote and its database."""
        from lab.part import Health

        layout = layout_of(box)
        view = health.look(layout, _passwords(box).superuser)
        rows = [(N_("dcs", WORD), each) for each in health.judge_dcs(layout, view)]
        rows += [(N_("postgres", WORD), each) for each in health.judge_postgres(layout, view)]
        return [Health(kind=kind, name=each.centre, state=each.state, detail=each.detail) for kind, each in rows]

    def access(self, box: Box) -> dict[str, Any]:
        """How operators reach the members: management addresses only."""
        layout = layout_of(box)
        return {"dcs": [each.dcs for each in layout.members], "centres": {each.centre: _access(box, each) for each in layout.members}}

    def down(self, box: Box) -> None:
        """Nothing of its own: processes, their mounts and the folder are the box's to end."""


def _access(box: Box, member: Member) -> dict[str, str]:
    return {
        "address": str(member.management),
        "patroni": member.rest,
        "patroni_user": REST_USER,
        "patroni_password": f"file:{box.secret(REST_SECRET)}",
        "postgres": f"host={member.management} port={POSTGRES} user={SUPERUSER} dbname=postgres",
        "postgres_password": f"file:{box.secret(SUPERUSER_SECRET)}",
    }


def _lit(box: Box, layout: Layout) -> Layout:
    """The members who can be asked and can agree: those of no dark centre, and nobody where these are no majority."""
    members = tuple(member for member in layout.members if not box.is_dark(member.centre))
    return replace(layout, members=members if 2 * len(members) > len(layout.members) else ())


def _passwords(box: Box) -> Passwords:
    """The lab's own, made at its first `up`."""
    superuser, replication, rest = (box.secret(name).read_text().strip() for name in (SUPERUSER_SECRET, REPLICATION_SECRET, REST_SECRET))
    return Passwords(superuser, replication, rest)


def _start(box: Box, layout: Layout, member: Member, words: Passwords) -> None:
    """Write the member's configuration and start its Patroni, if it isn't alive."""
    if box.alive(member.centre, PATRONI):
        return
    owner = pwd.getpwnam(SUPERUSER).pw_uid
    home = _home(box, member)
    for folder in (home, home / "socket"):
        folder.mkdir(exist_ok=True, mode=0o700)
        os.chown(folder, owner, -1)
    config = home / "patroni.json"
    config.touch(mode=0o600)
    os.chown(config, owner, -1)
    config.write_text(patroni_config(layout, member, home=HOME, passwords=words))
    box.spawn(member.centre, PATRONI, sandboxed(home, "patroni", str(HOME / config.name)))


def _home(box: Box, member: Member) -> Path:
    return box.dir(member.centre) / "postgres"


def _has_data(box: Box, layout: Layout) -> bool:
    """Whether any other member was filled before: then all start at once and find out who leads."""
    return any((_home(box, each) / "data" / "PG_VERSION").exists() for each in layout.members if each is not layout.preferred)


def _require_programs() -> None:
    missing = [name for name in ("etcd", "unshare", "setpriv", f"{BINARIES}/postgres") if shutil.which(name) is None]
    if missing:
        raise CitynodeError(
            _("the lab's databases need {value}").format(value=", ".join(missing)),
            why=_("not installed"),
            hint="apt-get install etcd-server postgresql-15 util-linux",
        )


def _wait(box: Box, what: str, seconds: float, is_reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + seconds
    while not is_reached():
        if time.monotonic() > deadline:
            raise TimedOut(
                _("the lab did not get {what} in {seconds:g} s").format(what=what, seconds=seconds),
                why=_("logs: {value}/*.{PATRONI}.log, *.{ETCD}.log").format(value=box.folder / "log", PATRONI=PATRONI, ETCD=ETCD),
                hint=_("citynode lab status --name {name}, then citynode lab up --name {name} again").format(name=box.name),
            )
        time.sleep(0.2)
