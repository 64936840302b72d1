"""The site that a drill is watched from: outside the group's centres, reached by SSH with its host key checked.

A probe at a centre would see its own centre's luck; the users are elsewhere.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from city.model import SiteKind
from ops.errors import CitynodeError, Unreachable, UsageProblem
from ops.language import _
from ops.suggest import unknown

if TYPE_CHECKING:
    from paramiko import SFTPClient, SSHClient

    from city.model import City
    from ops.access import Access

_ORDER = (SiteKind.PROVINCE, SiteKind.ROOM, SiteKind.INTERNET)


def choose_vantage(city: City, access: Access, wanted: str = "") -> str:
    """The site asked for, else the province, else a department's room: where users are and the centres aren't."""
    usable = [site for site in city.sites if site.name in access.hosts and site.kind is not SiteKind.CENTRE]
    names = [site.name for site in usable]
    if wanted:
        if wanted not in names:
            raise unknown(_("site outside the centres"), wanted, names)
        return wanted
    for kind in _ORDER:
        for site in usable:
            if site.kind is kind:
                return site.name
    raise UsageProblem(
        _("there is no site to watch from"),
        why=_("the access file names no host outside the centres"),
        hint=_("add one under `hosts`, or bring up the lab's part `sites`"),
    )


class Vantage:
    """An open session at the site."""

    def __init__(self, site: str, client: SSHClient) -> None:
        self.site = site
        self._client = client
        self._files: SFTPClient | None = None

    @property
    def files(self) -> SFTPClient:
        """SFTP over the same session."""
        if self._files is None:
            self._files = self._client.open_sftp()
        return self._files

    def run(self, *argv: str, timeout: float = 30.0, env: str = "") -> str:
        """The program's stdout; a CitynodeError with the end of its stderr when it fails."""
        command = f"{env} {shlex.join(argv)}".strip()
        try:
            _stdin, out, err = self._client.exec_command(command, timeout=timeout)
            text, talk = out.read().decode(errors="replace"), err.read().decode(errors="replace")
            code = out.channel.recv_exit_status()
        except (OSError, EOFError) as broken:
            raise Unreachable(
                _("{site} broke off").format(site=self.site),
                why=f"{command}: {str(broken) or 'no answer in time'}",
                hint=_("run the same command again: it resumes"),
            ) from broken
        if code != 0:
            raise CitynodeError(
                _("{program} failed at {site}").format(program=argv[0], site=self.site),
                why=" / ".join(talk.strip().splitlines()[-2:]) or f"exit code {code}",
                hint=_("the site needs python3 (3.9 or newer) and libpq5"),
            )
        return text


@contextmanager
def at_site(access: Access, site: str) -> Iterator[Vantage]:
    """A session at the site, closed at the end."""
    import paramiko

    login, address = access.host_ssh, access.hosts.get(site)
    if login is None or address is None:
        raise UsageProblem(
            _("the access file does not say how to reach {site}").format(site=site), hint=_("add `host_ssh` and the site under `hosts`")
        )
    client = paramiko.SSHClient()
    try:
        client.load_host_keys(str(login.known_hosts))
        client.set_missing_host_key_policy(paramiko.RejectPolicy())
        client.connect(
            str(address),
            port=login.port,
            username=login.user,
            key_filename=str(login.key),
            allow_agent=False,
            look_for_keys=False,
            timeout=5,
            banner_timeout=10,
            auth_timeout=10,
        )
    except (paramiko.SSHException, OSError, EOFError) as refused:
        client.close()
        raise Unreachable(
            _("{site} can't be reached by SSH").format(site=site),
            why=f"{login.user}@{address}:{login.port}: {str(refused) or type(refused).__name__}",
            hint=_("is its host up, its key in {known_hosts}? or choose another site with --from").format(known_hosts=login.known_hosts),
        ) from refused
    try:
        yield Vantage(site, client)
    finally:
        client.close()
