"""Settings of one run, and where each came from.

Order: flag, then `CITYNODE_*`, then the nearest `citynode.toml` upward, then the user's file, then the lab in use
(`<state>/current.toml`), then the default. Refuses unknown keys, values outside a closed list, and a project folder
that everybody may write to, because settings decide what is touched.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ops.errors import UsageProblem
from ops.folders import state_dir
from ops.language import _, from_environment
from ops.suggest import nearest

KEYS = ("city", "access", "lab", "output", "lang", "author", "color", "quiet", "debug", "database")
"""Every setting; each is also `CITYNODE_<KEY>` in the environment."""

CHOICES: Mapping[str, tuple[str, ...]] = {
    "output": ("table", "json", "yaml", "markdown"),
    "lang": ("en", "zh"),
    "color": ("auto", "always", "never"),
    "quiet": ("false", "true"),
    "debug": ("false", "true"),
}
_ALIASES = {"1": "true", "0": "false", "yes": "true", "no": "false", "on": "true", "off": "false", "zh-cn": "zh", "zh_cn": "zh"}


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of this run."""

    city: str
    access: Path | None
    state: Path
    output: str
    lang: str
    author: str
    lab: str = ""
    color: str = "auto"
    quiet: bool = False
    debug: bool = False
    database: str = ""
    origins: Mapping[str, str] = field(default_factory=dict)

    def origin(self, key: str) -> str:
        """Where the value came from: a flag, a variable, a file, or `default`."""
        return self.origins.get(key, "default")


def load_settings(flags: Mapping[str, str]) -> Settings:
    """The settings for these flags (only those that were given) in this process's environment and folder."""
    values = _defaults()
    origins = dict.fromkeys(values, "default")
    for origin, layer in reversed(list(_layers(flags))):
        for key, value in layer.items():
            values[key] = _checked(key, value, origin)
            origins[key] = origin
    origins["state"] = "environment CITYNODE_STATE" if os.environ.get("CITYNODE_STATE") else "default"
    return Settings(
        city=values["city"],
        access=Path(values["access"]).expanduser() if values["access"] else None,
        state=_state(),
        output=values["output"],
        lang=values["lang"],
        author=values["author"],
        lab=values["lab"],
        color=values["color"],
        quiet=values["quiet"] == "true",
        debug=values["debug"] == "true",
        database=values["database"],
        origins=origins,
    )


def project_file(start: Path) -> Path | None:
    """The nearest `citynode.toml` in this folder or above it."""
    return next((folder / "citynode.toml" for folder in (start, *start.parents) if (folder / "citynode.toml").is_file()), None)


def user_file() -> Path:
    """The user's own settings (XDG Base Directory specification)."""
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "citynode" / "citynode.toml"


def _defaults() -> dict[str, str]:
    return {
        "city": "shanwei",
        "access": "",
        "lab": "",
        "output": "table",
        "lang": from_environment(os.environ),
        "author": _login(),
        "color": "auto",
        "quiet": "false",
        "debug": "false",
        "database": "",
    }


def _state() -> Path:
    try:
        return state_dir()
    except (FileExistsError, NotADirectoryError) as taken:
        raise UsageProblem(
            _("the state folder {path} is a file").format(path=taken.filename), hint=_("set CITYNODE_STATE to a folder of its own")
        ) from taken


def _login() -> str:
    """Who sits at the keyboard: behind sudo, the person and not root."""
    named = os.environ.get("SUDO_USER") or os.environ.get("LOGNAME") or os.environ.get("USER")
    if named:
        return named
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid-{os.getuid()}"


def _layers(flags: Mapping[str, str]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every source that has something to say, the strongest first."""
    for key, value in flags.items():
        yield f"flag --{key}", {key: value}
    for key in KEYS:
        if os.environ.get(f"CITYNODE_{key.upper()}"):
            yield f"environment CITYNODE_{key.upper()}", {key: os.environ[f"CITYNODE_{key.upper()}"]}
    project = project_file(Path.cwd())
    if project is not None:
        _refuse_open_folder(project)
        yield str(project), _toml(project)
    for path in (user_file(), _state() / "current.toml"):
        if path.is_file():
            yield str(path), _toml(path)


def _toml(path: Path) -> Mapping[str, Any]:
    import tomllib

    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as broken:
        raise UsageProblem(
            _("{place} is not TOML").format(place=path), why=str(broken), hint=_('a setting is written: city = "shanwei"')
        ) from broken
    except OSError as problem:
        raise UsageProblem(_("the settings file {path} can't be read").format(path=path), why=problem.strerror or str(problem)) from problem


def _checked(key: str, value: Any, origin: str) -> str:
    if key not in KEYS:
        close = nearest(key, KEYS)
        hint = _("did you mean '{close}'?").format(close=close) if close else _("known: {names}").format(names=", ".join(KEYS))
        raise UsageProblem(
            _("there is no setting named '{key}'").format(key=key), why=_("found in {origin}").format(origin=origin), hint=hint
        )
    text = str(value).lower() if isinstance(value, bool) else str(value)
    allowed = CHOICES.get(key)
    if allowed is None:
        return text
    text = _ALIASES.get(text.lower(), text)
    if text not in allowed:
        raise UsageProblem(
            _("'{value}' is not a value of {key}").format(value=value, key=key),
            why=_("found in {origin}").format(origin=origin),
            hint=_("one of: {names}").format(names=", ".join(allowed)),
        )
    return text


def _refuse_open_folder(project: Path) -> None:
    for place in (project, project.parent):
        if place.stat().st_mode & stat.S_IWOTH:
            raise UsageProblem(
                _("{path} decides what citynode touches, and everybody may change it").format(path=place), hint=f"chmod o-w {place}"
            )
