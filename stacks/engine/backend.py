"""Where Pulumi keeps the stacks' state, and the passphrase that its secrets are encrypted with.

By default both live in citynode's state folder. Any backend of Pulumi's takes their place by one setting:
`CITYNODE_STACK_BACKEND` (`postgres://…`, `s3://…`, `azblob://…`, `gs://…`, `file://…`), with
`CITYNODE_STACK_PASSPHRASE` as a reference (`env:NAME`, `file:/path`), never as the passphrase itself.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ops.errors import UsageProblem
from ops.language import _
from stacks.engine.home import quiet_home

URL_VARIABLE = "CITYNODE_STACK_BACKEND"
PASSPHRASE_VARIABLE = "CITYNODE_STACK_PASSPHRASE"  # noqa: S105 - the name of a variable
_LAYOUT = 3
"""Of a stack's file (Pulumi's `apitype.CheckpointV3`)."""


@dataclass(frozen=True, slots=True)
class Backend:
    """A place for state; `work` is where this machine's runs have their scratch folders."""

    url: str
    passphrase: str
    work: Path

    def holds(self, project: str, stack: str) -> bool | None:
        """Whether the stack is there; None where only pulumi can tell, since it isn't a folder of this machine."""
        path = self._file(project, stack)
        return None if path is None else path.is_file()

    def deployment(self, project: str, stack: str) -> dict[str, Any] | None:
        """What a stack in a folder of this machine holds, as `pulumi stack export` tells it: empty where there is none.

        None where only pulumi can tell. It writes such a file at once and whole, and packed (`.gz`) if it is told to.
        """
        path = self._file(project, stack)
        if path is None or path.with_name(f"{path.name}.gz").exists():
            return None
        try:
            written = json.loads(path.read_text(encoding="utf-8"))
            return dict(written["checkpoint"]["latest"] or {}) if written["version"] == _LAYOUT else None
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _file(self, project: str, stack: str) -> Path | None:
        folder = self.url.removeprefix("file://")
        return None if folder == self.url else Path(folder) / ".pulumi" / "stacks" / project / f"{stack}.json"

    def environment(self) -> dict[str, str]:
        """What the pulumi program is told; the passphrase goes by the environment and never by the command line."""
        from ops.secrets import resolve

        return {
            "PULUMI_BACKEND_URL": self.url,
            "PULUMI_CONFIG_PASSPHRASE": resolve(self.passphrase),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS": "true",
            **_ONE_CHECKPOINT,
            "GOGC": os.environ.get("GOGC", "400"),
            **quiet_home(self.work / "home", os.environ),
        }


_ONE_CHECKPOINT = {"PULUMI_EXPERIMENTAL": "true", "PULUMI_SKIP_CHECKPOINTS": "true"}
"""Write the state when a run ends, not twice per object: 10 s instead of 100 for 900 objects. A run that is killed is
made good by the next one, because creating an object that is there already adopts it (the provider's upsert)."""


def backend_for(state: Path, environment: Mapping[str, str]) -> Backend:
    """The backend of this state folder, or the one that the environment names."""
    folder = state / "pulumi"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    url = environment.get(URL_VARIABLE, "")
    reference = environment.get(PASSPHRASE_VARIABLE, "")
    if url and not reference:
        raise UsageProblem(
            _("{variable} names a shared backend, but not its passphrase").format(variable=URL_VARIABLE),
            hint=_("export {PASSPHRASE_VARIABLE}=env:NAME | file:/path").format(PASSPHRASE_VARIABLE=PASSPHRASE_VARIABLE),
        )
    return Backend(url or f"file://{folder}", reference or f"file:{_passphrase_file(folder)}", folder / "work")


def _passphrase_file(folder: Path) -> Path:
    """The generated passphrase's file, made at the first use and readable by its owner only."""
    path = folder / "passphrase"
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(32))
    return path
