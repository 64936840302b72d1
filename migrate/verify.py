"""Whether both sides hold the same: rows of every table in order, sequences, objects with owners and grants, roles, settings, files.

Exact and complete, or `Different` names what is not the same. Both sides are read at the same time.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from migrate import catalogue, files, limits
from migrate.errors import Different
from ops.language import _

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from migrate.catalogue import Table
    from migrate.database import Database, Row
    from migrate.scene import Scene

JsonObject = dict[str, Any]


def both(here: Callable[[], Any], there: Callable[[], Any]) -> tuple[Any, Any]:
    """Both answers, asked for at the same time."""
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.submit(here), pool.submit(there)
        return first.result(), second.result()


def shape(database: Database) -> list[str]:
    """Everything but rows: objects, owners, grants, as lines."""
    return [row["line"] for row in database.ask(catalogue.OBJECTS)]


def logins(database: Database, without: str) -> list[Row]:
    """The roles as they are, with passwords except that of the application's own, which gets a new one on the city node."""
    found = database.ask(catalogue.ROLES)
    return [{**row, "password": "" if row["name"] == without else row["password"], "super": False} for row in found]


def differences(title: str, here: Sequence[Any], there: Sequence[Any]) -> list[str]:
    """What stands on one side only, in words. Pure."""
    left, right = [str(each) for each in here], [str(each) for each in there]
    gone, more = [each for each in left if each not in right], [each for each in right if each not in left]
    return [f"{title}: {each[:120]}" for each in (*gone, *more)]


def verify_shape(scene: Scene, owner: str) -> JsonObject:
    """Objects, owners, grants, roles and settings are the same."""

    def look(database: Database) -> tuple[list[str], list[Row], list[Row]]:
        return shape(database), logins(database, owner), catalogue.settings(database)

    here, there = both(lambda: look(scene.source), lambda: look(scene.target))
    titles = (_("object"), _("role"), _("setting"))
    refuse([each for title, one, other in zip(titles, here, there, strict=True) for each in differences(title, one, other)], scene)
    return {"objects": len(here[0]), "roles": len(here[1])}


def sums(database: Database, tables: Sequence[Table]) -> list[Row]:
    """Count and hash of every table; each question has the time that its bytes take."""
    return [
        row
        for batch in catalogue.batches(tables)
        for row in database.ask(catalogue.checksums(batch), seconds=limits.reading(sum(table.bytes for table in batch)))
    ]


def verify_rows(scene: Scene) -> JsonObject:
    """Rows of every table and the sequences are the same."""
    tables = catalogue.tables(scene.source)

    def look(database: Database) -> tuple[list[Row], list[Row]]:
        return sums(database, tables), catalogue.sequences(database)

    here, there = both(lambda: look(scene.source), lambda: look(scene.target))
    bad = [
        _("table {name}: {here} rows here, {there} there").format(name=one["name"], here=one["rows"], there=other["rows"])
        + ("" if one["rows"] != other["rows"] else "; " + _("their contents differ"))
        for one, other in zip(here[0], there[0], strict=True)
        if one != other
    ]
    refuse([*bad, *differences(_("sequence"), here[1], there[1])], scene)
    return {
        "tables": [{"name": row["name"], "rows": row["rows"], "hash": row["hash"]} for row in here[0]],
        "sequences": len(here[1]),
        "rows": sum(row["rows"] for row in here[0]),
    }


def verify_files(scene: Scene, volume: str) -> JsonObject:
    """Every file is the same."""
    seconds = limits.reading(scene.stage.moves.read(scene.move.system.name).get("files_bytes", 0))
    here, there = both(
        lambda: files.manifest(scene.department, scene.move.files, seconds=seconds),
        lambda: files.manifest(scene.node, volume, seconds=seconds),
    )
    refuse([_("file {name}").format(name=files.shown(name)) for name in here.differing(there)], scene)
    return {"files": here.files, "hash": here.hash}


def refuse(bad: Sequence[str], scene: Scene) -> None:
    """Raise when anything differs."""
    if bad:
        more = f" (+{len(bad) - 5})" if len(bad) > 5 else ""
        raise Different(
            _("the two sides of {system} are not the same").format(system=scene.move.system.name),
            why="; ".join(bad[:5]) + more,
            hint=_("nothing was switched; find out who wrote at the target, then run the move again"),
            differences=len(bad),
        )
