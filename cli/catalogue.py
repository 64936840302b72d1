"""Keeps the Chinese catalogue in step with the code: `python -m cli.catalogue` updates it, `--check` says if it is stale.

Texts come from three places: everything in `_(…)`, the help of every command and option, and the names of tables'
columns and of things that may be unknown. The compiled catalogue is committed beside the text, so that a fresh clone speaks.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from babel.messages import Catalog

ROOT = Path(__file__).parents[1]
PO = ROOT / "cli" / "locale" / "zh_CN" / "LC_MESSAGES" / "citynode.po"
PACKAGES = ("city", "stacks", "network", "playbooks", "migrate", "dr", "monitoring", "portal", "ops", "lab", "cli", "engines", "demo")
TYPER = ("Usage: ", "Arguments", "Options", "Commands", "default: ", "[required]", "Show this help and stop.", "Example")


def texts() -> frozenset[str]:
    """Every text that may be shown in another language."""
    from cli.city_views import COLUMNS
    from stacks.guard.words import texts as of_rules

    columns = {name for names in COLUMNS.values() for name in names}
    return frozenset({*TYPER, *columns, *of_rules(), *_marked(), *_helps()} - {""})


def update() -> Catalog:
    """The catalogue with exactly the texts of the code, keeping every translation that is still of use."""
    from babel.messages import Catalog
    from babel.messages.pofile import read_po

    old = read_po(BytesIO(PO.read_bytes())) if PO.exists() else Catalog(locale="zh_CN")
    fresh = Catalog(
        locale="zh_CN", project="citynode", version="1", charset="utf-8", header_comment=HEADER, fuzzy=False,
        msgid_bugs_address="-", last_translator="-", language_team="zh_CN",
    )  # fmt: skip
    for text in sorted(texts()):
        kept = old.get(text)
        flags = ("python-brace-format",) if "{" in text else ()
        fresh.add(text, string=kept.string if kept is not None else "", flags=flags)
    return fresh


HEADER = "# Chinese texts of citynode. Written by `python -m cli.catalogue`; only the msgstr lines are edited by hand."


def untranslated(catalogue: Catalog) -> list[str]:
    return [str(message.id) for message in catalogue if message.id and not message.string]


def as_po(catalogue: Catalog) -> bytes:
    """The catalogue as text, without dates, so that the same texts give the same file."""
    from babel.messages.pofile import write_po

    out = BytesIO()
    write_po(out, catalogue, width=0, no_location=True, sort_output=True)
    lines = out.getvalue().splitlines(keepends=True)
    return b"".join(line for line in lines if b"-Date: " not in line and b"Generated-By" not in line)


def as_mo(catalogue: Catalog) -> bytes:
    from babel.messages.mofile import write_mo

    out = BytesIO()
    catalogue.creation_date = datetime(2019, 10, 1, tzinfo=UTC)  # any fixed one: the same texts give the same file
    catalogue.revision_date = "none"
    write_mo(out, catalogue)
    return out.getvalue()


def _marked() -> Iterator[str]:
    """Texts in `_(…)`, columns of tables, kinds of unknown things."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call):
                    yield from _of_call(node)


def _of_call(call: ast.Call) -> Iterator[str]:
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    first = call.args[0] if call.args else next((word.value for word in call.keywords if word.arg == "columns"), None)
    if name in ("_", "unknown") and isinstance(first, ast.Constant) and isinstance(first.value, str):
        yield first.value
    elif name == "Table" and isinstance(first, ast.Tuple | ast.List):
        for column in first.elts:
            if isinstance(column, ast.Constant) and isinstance(column.value, str):
                yield column.value


def _helps() -> Iterator[str]:
    """Help of every noun, command, argument and option, as it is in the code."""
    from cli.main import root
    from cli.nouns import NOUNS
    from ops import language

    language.use("en", ROOT)
    yield from (entry.help for entry in NOUNS.values())
    yield from _of_command(root(), None)


def _of_command(command: Any, parent: Any) -> Iterator[str]:
    context = command.context_class(command, info_name=command.name, parent=parent)
    yield command.help or ""
    for parameter in command.params:
        yield getattr(parameter, "help", None) or ""
    if hasattr(command, "list_commands"):
        for name in command.list_commands(context):
            yield from _of_command(command.get_command(context, name), context)


def main() -> int:
    catalogue = update()
    missing = untranslated(catalogue)
    if "--check" in sys.argv:
        is_stale = not PO.exists() or PO.read_bytes() != as_po(catalogue)
        sys.stderr.write(f"{'stale' if is_stale else 'current'}, {len(missing)} untranslated\n")
        return 1 if is_stale or missing else 0
    PO.parent.mkdir(parents=True, exist_ok=True)
    PO.write_bytes(as_po(catalogue))
    PO.with_suffix(".mo").write_bytes(as_mo(catalogue))
    sys.stderr.write(f"{len(catalogue)} texts, {len(missing)} untranslated\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
