"""The folder that Pulumi calls its home, as its runs get it: without its logs.

Pulumi 3.250 writes a log of every run into its home, down to the properties of each object, and has no setting against it
(`pkg/logging`: "automatic log"): a quarter of the time of a first up of 1,900 objects, and up to 500 MB of the user's disk. It goes
on without where it can't make the folder, so a home of our own has a file in that place. All else that the user's own home holds,
their logins and their plugins, is taken from there. Who sets `PULUMI_HOME` gets that folder as it is, logs included.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

VARIABLE = "PULUMI_HOME"
CREDENTIALS = "PULUMI_CREDENTIALS_PATH"


def user_home(environment: Mapping[str, str]) -> Path:
    """Pulumi's home as its user has it."""
    return Path(environment.get(VARIABLE) or Path.home() / ".pulumi")


def quiet_home(folder: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """The variables of a run whose home is this folder; none if the user chose one."""
    if environment.get(VARIABLE):
        return {}
    theirs = user_home(environment)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    (folder / "logs").touch()
    if (theirs / "plugins").is_dir():
        with suppress(FileExistsError):  # of an earlier run, or of another centre's this moment
            (folder / "plugins").symlink_to(theirs / "plugins")
    return {VARIABLE: str(folder), CREDENTIALS: environment.get(CREDENTIALS) or str(theirs)}
