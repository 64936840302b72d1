"""A drill's report: one HTML file a language, complete in itself, with the timeline as a picture.

It repeats what the result says and judges nothing. The same result and ledger give the same file.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from dr.findings import say
from dr.gbt import read_level
from dr.ledger import read_ledger
from dr.picture import draw
from dr.words import WORDS, check_words

if TYPE_CHECKING:
    from city.model import City


def report_path(folder: Path, lang: str) -> Path:
    return folder / f"report-{lang}.html"


def write_reports(folder: Path, result: dict[str, Any], city: City) -> list[Path]:
    """Write the report in every language; the files."""
    paths = []
    for lang in WORDS:
        path = report_path(folder, lang)
        fresh = path.with_suffix(".new")
        fresh.write_text(render(folder, result, city, lang), encoding="utf-8")
        fresh.replace(path)
        paths.append(path)
    return paths


def render(folder: Path, result: dict[str, Any], city: City, lang: str) -> str:
    """The report's text in one language."""
    from jinja2 import Environment, PackageLoader
    from markupsafe import Markup

    words = WORDS[lang]
    systems = [each["name"] for each in result["systems"]]
    names = {"system": {each.name: each.title for each in city.systems}, "site": {each.name: each.title for each in city.sites}}

    def title(kind: str, name: str) -> str:
        found = names[kind].get(name)
        return f"{getattr(found, lang)} ({name})" if found else name

    def row(name: str) -> str:
        found = names["system"].get(name) or names["site"].get(name)
        return str(getattr(found, lang)) if found else name

    group = city.group_by_name[result["group"]]
    members = [*group.centres, group.remote]
    picture = draw(read_ledger(folder), systems, members, result["timeline"], words, row)
    environment = Environment(loader=PackageLoader("dr"), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    return environment.get_template("report.html").render(
        lang={"zh": "zh-CN"}.get(lang, lang),
        w=words,
        r=result,
        findings=[say(each, lang) for each in result["findings"]],
        picture=Markup(picture),  # noqa: S704 - our own SVG, its texts escaped
        level=_level(result, words),
        city=getattr(city.title, lang),
        group=f"{getattr(group.title, lang)} ({group.name})",
        site=lambda name: title("site", name),
        system=lambda name: title("system", name),
        check=lambda each: check_words(each["name"], lang),
    )


def _level(result: dict[str, Any], words: dict[str, str]) -> str:
    """What may be said of the national standard's levels."""
    outages = [each["rto_seconds"] for each in result["systems"]]
    if not outages or None in outages:
        return words["level-none"].format(edition=read_level(float("inf"), float("inf")).edition)
    reading = read_level(max(outages), max(each["rpo_seconds"] for each in result["systems"]))
    text = words["level-text"] if reading.level is not None else words["level-none"]
    return text.format(edition=reading.edition, newer=reading.superseded_by, level=reading.level)
