"""What a command stands in: settings, the city, the access, control, and how it speaks.

`frame()` is cheap; each part is made when it is first asked for, so a command pays only for what it uses.
"""

from __future__ import annotations

import sys
from functools import cached_property
from typing import TYPE_CHECKING

from cli.common import DryRun, Yes, flags
from cli.groups import noun
from cli.render import Table, show
from ops.errors import Declined, UsageProblem
from ops.language import _

if TYPE_CHECKING:
    from city.model import City
    from ops.access import Access
    from ops.control import Control
    from ops.progress import Progress
    from ops.settings import Settings

__all__ = ["DryRun", "Frame", "Table", "Yes", "frame", "noun"]


class Frame:
    """One command's surroundings."""

    @cached_property
    def settings(self) -> Settings:
        from ops.settings import load_settings

        return load_settings(flags())

    @cached_property
    def city(self) -> City:
        from city.load import load_city

        return load_city(self.city_name)

    @cached_property
    def city_name(self) -> str:
        """What `--city` says, a name or a folder; where nothing says it, the city that the access file is for."""
        if self.settings.origin("city") == "default" and self.settings.access is not None:
            return self.access.city
        return self.settings.city

    @cached_property
    def access(self) -> Access:
        """How to reach the city from here; a UsageProblem when nothing says it."""
        from ops.reach import load_access

        if self.settings.access is None:
            raise UsageProblem(
                _("nothing says how to reach the city from here"),
                why=_("no access file was given and no lab is in use"),
                hint=_("citynode lab up, or --access FILE for a real city"),
            )
        access = load_access(self.settings.access)
        self._same_city(access)
        return access

    @cached_property
    def control(self) -> Control:
        """Trail, leases and author for an operation; production if the city says so and no lab stands behind the access."""
        from ops.control import open_control

        return open_control(
            self.settings,
            city=self.city.name,
            production=self.city.production,
            access=self.access if self.settings.access is not None else None,
            progress=self.progress,
            command=tuple(sys.argv[1:]),
        )

    @cached_property
    def progress(self) -> Progress:
        from cli.talk import talker

        return talker(quiet=self.settings.quiet, color=self.settings.color)

    def show(self, data: object, table: Table | None = None, *, markdown: str = "") -> None:
        """Print the data on stdout in the form asked for; `table` is its form for people, `markdown` the one for a merge request."""
        from cli.talk import pause

        with pause(self.__dict__.get("progress")):
            show(data, table, form=self.settings.output, color=self.settings.color, markdown=markdown)

    def confirm(self, question: str, *, yes: bool) -> None:
        """Go on only when a person, or `--yes`, says so."""
        from cli.talk import pause

        if yes:
            return
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            raise UsageProblem(
                _("nobody is there to confirm: {question}").format(question=question), hint=_("add --yes to go on without asking")
            )
        with pause(self.__dict__.get("progress")):
            sys.stderr.write(f"{question} [{_('y/N')}] ")
            sys.stderr.flush()
            answer = sys.stdin.readline().strip().lower()
        if answer not in ("y", "yes", "是"):
            raise Declined(_("declined; nothing was changed"), why=question)

    def _same_city(self, access: Access) -> None:
        """Refuse one city's plan on another city's devices."""
        if self.settings.origin("city") == "default" or access.city == self.settings.city:
            return
        from city.load import load_city

        if load_city(access.city).name != self.city.name:
            raise UsageProblem(
                _("the access file {path} is for the city {other}, not {name}").format(
                    path=self.settings.access, other=access.city, name=self.city.name
                ),
                hint=_("leave --city out, or give the access file of that city"),
            )


def frame() -> Frame:
    """The surroundings of the command that is running."""
    return Frame()
