"""An edit of one file of a city's folder before it is written: what it would change, what the city would be, whether that is sound.

It refuses to write into a city that came with citynode, over a file that somebody changed meanwhile, and what isn't sound.
"""

from __future__ import annotations

import difflib
import os
from dataclasses import dataclass
from pathlib import Path

from city.check import check_city
from city.load import SHIPPED, problem
from city.load import examine as examine_folder
from city.model import City
from city.pools import NAMES, RESOURCES, overdrafts
from ops.errors import PolicyRefused, UsageProblem
from ops.language import _


@dataclass(frozen=True, slots=True)
class Draft:
    """A file's text as it would be; `before` is None where there is no such file yet."""

    folder: Path
    file: Path
    before: str | None
    after: str

    @property
    def name(self) -> str:
        """The file as people say it: in its city's folder."""
        return f"{self.folder.name}/{self.file.relative_to(self.folder).as_posix()}"

    def diff(self) -> str:
        """What changes, as a unified diff; empty if nothing does."""
        old, new = (self.before or "").splitlines(keepends=True), self.after.splitlines(keepends=True)
        return "".join(difflib.unified_diff(old, new, self.name if self.before is not None else "/dev/null", self.name, n=2))

    def judged(self) -> City:
        """The whole city with this edit; every finding is an error, and a pool that is overdrawn a refusal."""
        examined = examine_folder(str(self.folder), {self.file: self.after})
        if examined.city is None or examined.findings:
            raise problem(self.folder, examined.findings)
        keep_within_pools(examined.city)
        errors = tuple(examined.locate(finding) for finding in check_city(examined.city) if finding.is_error)
        if errors:
            raise problem(self.folder, errors)
        return examined.city

    def write(self) -> None:
        """Put the text in the file's place, whole or not at all."""
        refuse_shipped(self.folder)
        fresh = self.file.with_name(f".{self.file.name}.{os.getpid()}")
        try:
            if self.before != (self.file.read_text(encoding="utf-8") if self.file.exists() else None):
                raise UsageProblem(_("{file} was changed meanwhile").format(file=self.name), hint=_("run it again on what is there now"))
            self.file.parent.mkdir(parents=True, exist_ok=True)
            fresh.write_text(self.after, encoding="utf-8")
            if self.before is not None:
                fresh.chmod(self.file.stat().st_mode & 0o777)
            fresh.replace(self.file)
        except OSError as refused:
            fresh.unlink(missing_ok=True)
            raise UsageProblem(
                _("{file} can't be written").format(file=self.file), why=str(refused), hint=_("give a folder of your own: --city FOLDER")
            ) from refused


def refuse_shipped(folder: Path) -> None:
    """Raise if the city is one that came with citynode: the next version would take the edit away."""
    if SHIPPED in folder.parents:
        raise UsageProblem(
            _("'{name}' comes with citynode and isn't edited").format(name=folder.name),
            why=_("the next version would take the edit away"),
            hint=_("begin a city of your own: citynode city new my-city; then add --city ./my-city"),
        )


def keep_within_pools(city: City) -> None:
    """Raise if a department's zones ask for more than its pool holds, with every resource and who uses most of it."""
    found = overdrafts(city)
    if not found:
        return
    lines = [
        _("{department}: {resource} {asked}{unit} of {pool}{unit}, in all centres' zones together: {places}; most use {users}").format(
            department=over.department,
            resource=_(NAMES[over.resource]),
            places=over.spread,
            asked=over.asked,
            unit=RESOURCES[over.resource],
            pool=over.pool,
            users=over.users,
        )
        for over in found
    ]
    departments = ", ".join(dict.fromkeys(over.department for over in found))
    raise PolicyRefused(
        _("more is asked for than the pool of {departments} holds").format(departments=departments),
        why="; ".join(lines),
        hint=_("ask for less, lower a quota (citynode zone quota), or have the pool raised in pools.yaml"),
        pools=[{"department": over.department, "resource": over.resource, "asked": over.asked, "pool": over.pool} for over in found],
    )
