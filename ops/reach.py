"""Reads and writes access files: YAML on disk, `ops.access.Access` in memory, all problems at once."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ops import yaml
from ops.errors import UsageProblem
from ops.language import _

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

    from ops.access import Access


def load_access(path: Path) -> Access:
    """The access file's content; a UsageProblem lists everything that is wrong in it."""
    from pydantic import ValidationError

    from ops.access import Access

    data = _read(path)
    try:
        return Access.model_validate(data)
    except ValidationError as wrong:
        lines = [_one(problem) for problem in wrong.errors()]
        raise UsageProblem(
            _("{path} is not a valid access file: {count} problem(s)").format(path=path, count=len(lines)),
            why="\n".join(lines),
            hint=_("compare it with the access file of a lab: citynode lab up --city tiny"),
        ) from wrong


def write_access(access: Access, path: Path) -> None:
    """Write the file whole or not at all, readable by its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(yaml.dump(access.model_dump(mode="json")))
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def _read(path: Path) -> Any:
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    hint = _("citynode lab up writes one for the lab; a real city's is written by hand (docs)")
    try:
        return yaml.load(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise UsageProblem(
            _("the access file {path} can't be read").format(path=path), why=problem.strerror or str(problem), hint=hint
        ) from problem
    except UnicodeDecodeError as problem:
        raise UsageProblem(_("the access file {path} is not UTF-8").format(path=path), why=str(problem), hint=hint) from problem
    except MarkedYAMLError as broken:
        place = f":{broken.problem_mark.line + 1}" if broken.problem_mark else ""
        raise UsageProblem(
            _("{place} is not YAML").format(place=f"{path}{place}"),
            why=str(broken.problem or broken),
            hint=_("mind the indentation and the quotes"),
        ) from broken
    except YAMLError as broken:
        raise UsageProblem(_("{place} is not YAML").format(place=path), why=str(broken)) from broken


def _one(problem: ErrorDetails) -> str:
    key = ".".join(str(part) for part in problem["loc"]) or "(file)"
    return f"{key}: {problem['msg']}"
