"""What all steps of one move share: the move, the connections that stay open from step to step, and its secret.

Connections are made when first needed and again when they broke; a resumed run builds its scene anew.
"""

# ruff: noqa: S608 - names and texts in statements go through `database.name` and `database.literal`

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from migrate import ssh
from migrate.database import Database, Direct, Psql, connect_primary
from migrate.move import host_login
from migrate.store import Moves
from ops.errors import CitynodeError, Unreachable, UsageProblem
from ops.language import _

if TYPE_CHECKING:
    from types import TracebackType

    from city.model import City
    from migrate.move import Move
    from ops.access import Access, Centre
    from ops.control import Control


@dataclass(frozen=True, slots=True)
class Stage:
    """Where moves happen: the city, how it is reached, and who runs them."""

    city: City
    access: Access
    control: Control

    @property
    def moves(self) -> Moves:
        return Moves(self.control.state / "moves" / (self.control.scope or "city"))


@dataclass(slots=True)
class Scene:
    """One move on its stage."""

    stage: Stage
    move: Move
    vantage: str
    """The site from which its users are played."""
    _hosts: dict[str, ssh.Host] = field(default_factory=dict)
    _source: Psql | None = None
    _targets: dict[str, Direct] = field(default_factory=dict)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None) -> None:
        self.let_go()

    def let_go(self) -> None:
        """Close everything; what is needed again is opened again."""
        closing = [self._source, *self._targets.values(), *self._hosts.values()]
        self._source, self._targets, self._hosts = None, {}, {}
        for each in closing:
            if each is not None:
                with suppress(Exception):
                    each.close()

    def host(self, site: str) -> ssh.Host:
        """The site's host."""
        known = self._hosts.get(site)
        if known is None or not known.is_open:
            address, login = host_login(self.stage.access, site)
            known = self._hosts[site] = ssh.connect(site, address, login)
        return known

    @property
    def department(self) -> ssh.Host:
        return self.host(self.move.source)

    @property
    def node(self) -> ssh.Host:
        """The node of the target centre, where local volumes lie."""
        return self.host(self.move.target)

    @property
    def source(self) -> Psql:
        """The department's database."""
        if self._source is None:
            self._source = Psql(self.department, self.move.database, find_port(self.department, self.move.database))
        return self._source

    @property
    def target(self) -> Database:
        """The system's database on the city node."""
        return self._on_target(self.move.database)

    @property
    def cluster(self) -> Database:
        """The maintenance database of the same server."""
        return self._on_target("postgres")

    def _on_target(self, database: str) -> Direct:
        known = self._targets.get(database)
        if known is None or not known.is_open:
            known = self._targets[database] = connect_primary(self.centres, database)
        return known

    def drop_target(self) -> None:
        """End our own session in the system's database, so that it can be dropped."""
        known = self._targets.pop(self.move.database, None)
        if known is not None:
            known.close()

    @property
    def centres(self) -> dict[str, Centre]:
        """The city centres whose databases may lead."""
        found = {name: self.stage.access.centres[name] for name in self.move.centres if name in self.stage.access.centres}
        if not any(centre.postgres for centre in found.values()):
            raise UsageProblem(
                _("the access file does not say how to reach the databases of {names}").format(names=", ".join(self.move.centres)),
                hint=_("in a lab: citynode lab up (with the part `quorum`); else add `postgres` of those centres"),
            )
        return {name: centre for name, centre in found.items() if centre.postgres}

    def password(self, what: str) -> str:
        """A secret of this move: made once, kept until the move is over."""
        path = self.stage.moves.folder(self.move.system.name) / f"{what}.secret"
        if not path.exists():
            fresh = path.with_name(f"{path.name}.new")
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                file.write(secrets.token_urlsafe(24))
            fresh.replace(path)
        return path.read_text(encoding="utf-8")

    def forget_passwords(self) -> None:
        for path in self.stage.moves.folder(self.move.system.name).glob("*.secret"):
            path.unlink(missing_ok=True)


def find_port(host: ssh.Host, database: str) -> int:
    """The port of the host's database server that holds this database: each is asked over its socket."""
    line = (
        'cd /; for s in /var/run/postgresql/.s.PGSQL.*; do [ -S "$s" ] || continue; p=${s##*.}; '
        f"runuser -u postgres -- psql -XAtq -p $p -d postgres "
        f"-c \"SELECT $p WHERE EXISTS (SELECT FROM pg_database WHERE datname = '{database}')\"; done"
    )
    ran = host.run(["sh", "-c", line], allowed=None)
    ports = [int(each) for each in ran.stdout.split() if each.isdigit()]
    if len(ports) == 1:
        return ports[0]
    if len(ports) > 1:
        raise CitynodeError(
            _("{site} has the database '{database}' more than once").format(site=host.site, database=database),
            why=", ".join(map(str, ports)),
            hint=_("stop the server that is no longer used"),
        )
    raise Unreachable(
        _("the database '{database}' at {site} can't be reached").format(database=database, site=host.site),
        why=" / ".join(ran.stderr.strip().splitlines()[-2:]) or _("no server on that host has it"),
        hint=_("is PostgreSQL running on that host? bring it up, then run the same command again"),
    )
