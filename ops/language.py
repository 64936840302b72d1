"""The language that people read: gettext at the moment of speaking, English until something else is chosen.

Only the command line chooses (`use`); libraries just mark their texts with `_`. Data is never translated.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

LANGUAGES = {"en": "en", "zh": "zh_CN"}
"""What `--lang` takes, and the gettext locale that it means."""

DOMAIN = "citynode"

_translate: Callable[[str], str] = str


def _(text: str) -> str:
    """The text in the chosen language; itself where no translation is known."""
    return _translate(text) if text else ""


def use(lang: str, folder: Path) -> None:
    """Speak this language from now on, with the catalogues of this folder."""
    global _translate
    if lang == "en":
        _translate = str
        return
    import gettext

    catalogue = gettext.translation(DOMAIN, folder, languages=[LANGUAGES[lang]], fallback=True)
    _translate = catalogue.gettext


def from_environment(environment: Mapping[str, str]) -> str:
    """`zh` where the process's locale is Chinese, by the order that POSIX gives the variables; else `en`."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if environment.get(name):
            return "zh" if environment[name].lower().startswith("zh") else "en"
    return "en"
