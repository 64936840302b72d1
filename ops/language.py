"""The language that people read: gettext at the moment of speaking, English until something else is chosen.

Only the command line chooses (`use`); libraries just mark their texts with `_`, or with `N_` where a text is kept in
English first (a constant, a state in the record) and is shown later. Data is never translated.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

LANGUAGES = {"en": "en", "zh": "zh_CN"}
"""What `--lang` takes, and the gettext locale that it means."""

DOMAIN = "citynode"

WORD, STEP = "word", "step"
"""Contexts, for words that mean several things: a closed word in a table's cell (up, moving), the name of a step."""

Text = TypeVar("Text", bound=str)

_translate: Callable[[str], str] = str


def _as_it_is(_context: str, text: str) -> str:
    return text


_in_context: Callable[[str, str], str] = _as_it_is


def N_(text: Text, _context: str = "") -> Text:  # noqa: N802 - gettext's own name for it
    """The text itself, marked for the catalogue: whoever shows it calls `_`, `word` or `step_name`."""
    return text


def _(text: str) -> str:
    """The text in the chosen language; itself where no translation is known."""
    return _translate(text) if text else ""


def word(text: str) -> str:
    """A closed word, such as a state, in the chosen language; itself where it is none of ours."""
    return _in_context(WORD, text) if text else ""


def step_name(name: str) -> str:
    """A step's name in the chosen language; a name of several parts, such as `wave-core`, part by part."""
    told = _in_context(STEP, name)
    head, dash, rest = name.partition("-")
    if told != name or not dash:
        return told
    known = _in_context(STEP, head)
    return name if known == head else f"{known} {step_name(rest)}"


def use(lang: str, folder: Path) -> None:
    """Speak this language from now on, with the catalogues of this folder."""
    global _translate, _in_context
    if lang == "en":
        _translate, _in_context = str, _as_it_is
        return
    import gettext

    catalogue = gettext.translation(DOMAIN, folder, languages=[LANGUAGES[lang]], fallback=True)
    _translate, _in_context = catalogue.gettext, catalogue.pgettext


def from_environment(environment: Mapping[str, str]) -> str:
    """`zh` where the process's locale is Chinese, by the order that POSIX gives the variables; else `en`."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if environment.get(name):
            return "zh" if environment[name].lower().startswith("zh") else "en"
    return "en"
