"""Keeps the Chinese catalogue in step with the code: `python -m cli.catalogue` updates it, `--check` says if it is stale.

Texts come from three places: everything in `_(…)` and `N_(…)`, the help of every command and option, and what the code
names where it is shown: tables' columns, kinds of unknown things and of what a lab has, steps. The compiled catalogue is
committed beside the text, so that a fresh clone speaks.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ops.language import STEP, WORD

if TYPE_CHECKING:
    from babel.messages import Catalog

ROOT = Path(__file__).parents[1]
PO = ROOT / "cli" / "locale" / "zh_CN" / "LC_MESSAGES" / "citynode.po"
PACKAGES = ("city", "stacks", "network", "playbooks", "migrate", "dr", "monitoring", "portal", "ops", "lab", "cli", "engines", "demo")
TYPER = ("Usage: ", "Arguments", "Options", "Commands", "default: ", "[required]", "Show this help and stop.", "Example")


Text = tuple[str, str]
"""What may be shown in another language, and its context (`ops.language`), mostly none."""


def texts() -> frozenset[Text]:
    """Every text that may be shown in another language."""
    from cli.city_views import COLUMNS
    from stacks.guard.words import texts as of_rules

    columns = {name for names in COLUMNS.values() for name in names}
    plain = ((text, "") for text in (*TYPER, *columns, *of_rules(), *_helps()))
    return frozenset(text for text in (*plain, *_marked()) if text[0])


def update() -> Catalog:
    """The catalogue with exactly the texts of the code, keeping every translation that is still of use."""
    from babel.messages import Catalog
    from babel.messages.pofile import read_po

    old = read_po(BytesIO(PO.read_bytes())) if PO.exists() else Catalog(locale="zh_CN")
    fresh = Catalog(
        locale="zh_CN", project="citynode", version="1", charset="utf-8", header_comment=HEADER, fuzzy=False,
        msgid_bugs_address="-", last_translator="-", language_team="zh_CN",
    )  # fmt: skip
    for text, context in sorted(texts()):
        kept = old.get(text, context or None)
        flags = ("python-brace-format",) if "{" in text else ()
        fresh.add(text, string=kept.string if kept is not None else "", flags=flags, context=context or None)
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


def _marked() -> Iterator[Text]:
    """Texts that the code marks or names, in all its packages."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call):
                    yield from _of_call(node)
                elif isinstance(node, ast.Assign) and any(isinstance(to, ast.Name) and to.id == "columns" for to in node.targets):
                    yield from _of_columns(node.value)


def _of_call(call: ast.Call) -> Iterator[Text]:
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    given = [*map(_constant, call.args), "", "", ""]
    if name in ("_", "N_", "unknown"):
        yield given[0], (_context(call.args[1]) if name == "N_" and len(call.args) > 1 else "")
    elif name == "Use":
        yield given[1], ""
    elif name == "Health":
        yield from ((given[0], WORD), (given[2], WORD))
    elif name in ("Step", "PlanStep", "_step"):
        yield given[0], STEP
    elif name == "Table":
        yield from _of_columns(call.args[0] if call.args else next((word.value for word in call.keywords if word.arg == "columns"), None))


def _of_columns(value: ast.expr | None) -> Iterator[Text]:
    if isinstance(value, ast.Tuple | ast.List):
        yield from ((_constant(column), "") for column in value.elts)


def _context(value: ast.expr) -> str:
    return {"WORD": WORD, "STEP": STEP}[value.id] if isinstance(value, ast.Name) else _constant(value)


def _constant(value: ast.expr) -> str:
    """The text that stands there as it is; empty if something else does."""
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else ""


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
