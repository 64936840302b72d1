"""Which program serves the `kubernetes` resources: the official plugin where it is installed, else ours."""

from __future__ import annotations

import shlex
import shutil
import sys
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from uuid import uuid4

from stacks.engine.home import user_home

EXECUTABLE = "pulumi-resource-kubernetes"
PORT_VARIABLE = "CITYNODE_PROVIDER_PORT"
"""Where a provider serves already, beside the run."""


def official(environment: Mapping[str, str]) -> str:
    """Where the official plugin is, on PATH or in Pulumi's own folder; empty if it isn't installed."""
    found = shutil.which(EXECUTABLE, path=environment.get("PATH"))
    if found:
        return found
    plugin = user_home(environment) / "plugins" / f"resource-kubernetes-v{version('pulumi-kubernetes')}" / EXECUTABLE
    return str(plugin) if plugin.is_file() else ""


def write_wrapper(folder: Path) -> Path:
    """An executable by the plugin's name that says where our provider serves, or starts it in this Python; its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    root = Path(__file__).resolve().parents[2]
    here = f'if [ -n "${PORT_VARIABLE}" ]; then echo "${PORT_VARIABLE}"; exec tail -f --pid=$PPID /dev/null; fi'
    alone = f'exec env PYTHONPATH={shlex.quote(str(root))} {shlex.quote(sys.executable)} -m stacks.provider "$@"'
    text = f"#!/bin/sh\n{here}\n{alone}\n"
    return write_executable(folder / EXECUTABLE, text).parent


def write_executable(path: Path, text: str) -> Path:
    """The script, written at once and whole: another run, or another centre's thread, may be writing or starting it this moment."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return path
    draft = path.with_name(f".{path.name}.{uuid4().hex}")
    draft.write_text(text, encoding="utf-8")
    draft.chmod(0o755)
    draft.replace(path)
    return path
