"""What a move is, from the city's data: who can move, over which share of which link, and the objects it gets."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from city.load import load_city
from migrate.catalogue import Table, checksums, set_sequences
from migrate.inspection import SourceFacts, judge_source, judge_target
from migrate.move import plan_move, share_mbit
from migrate.replication import create_roles, plain_statements
from migrate.room import TAKEN_OVER
from migrate.workload import objects, with_owner
from ops.errors import PolicyRefused, UsageProblem

CITY = load_city("tiny")
READY = SourceFacts(
    is_read_only=False,
    version=15,
    wal_level="logical",
    encoding="UTF8",
    slots_free=10,
    tables=(Table("public", "t", ("id",), 1, is_logged=True),),
    large_objects=0,
    prepared=0,
    extensions=("plpgsql",),
    database_bytes=1,
    files_bytes=1,
    files=1,
    write_mbit=0.1,
    rsync=True,
)


def test_a_move_goes_to_the_production_centre_and_leaves_the_daily_service_its_part_of_the_link():
    move = plan_move(CITY, "archive")
    assert (move.source, move.target, move.centres, move.group) == ("room-archives", "dc1", ("dc1", "dc2"), "g1")
    assert (move.link_mbit, move.share_mbit) == (20, 16.0)
    assert share_mbit(CITY, "room-human-resources") == 4.0  # 10 Mbit/s less the 6 that its busy hour takes
    assert (move.tag, move.back) == ("citynode_archive", "citynode_archive_back")
    assert move.database_port != plan_move(CITY, "benefits").database_port


@pytest.mark.parametrize(
    ("name", "error", "says"),
    [
        ("archiv", UsageProblem, "there is no system named 'archiv'"),
        ("service-portal", PolicyRefused, "service-portal runs on the city node already"),
    ],
)
def test_what_can_not_move_is_refused(name: str, error: type[Exception], says: str):
    with pytest.raises(error) as refused:
        plan_move(CITY, name)
    assert str(refused.value).startswith(says)


def test_a_system_that_was_not_inventoried_says_what_to_add():
    bare = CITY.model_copy(update={"systems": tuple(each.model_copy(update={"workload": None}) for each in CITY.systems)})
    with pytest.raises(UsageProblem) as refused:
        plan_move(bare, "archive")
    assert refused.value.what == "archive has not been inventoried: its workload is not known"
    assert "add `workload` to it" in refused.value.hint


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        ({"is_read_only": True}, "writable"),
        ({"wal_level": "replica"}, "wal-level"),
        ({"slots_free": 1}, "slots"),
        ({"large_objects": 3}, "large-objects"),
        ({"prepared": 1}, "prepared"),
        ({"files_bytes": -1}, "files"),
        ({"rsync": False}, "rsync"),
        ({"write_mbit": 16.0}, "write-rate"),
        ({"tables": (Table("public", "notes", (), 1, is_logged=True),)}, "primary-keys"),
        ({"tables": (Table("public", "scratch", ("id",), 1, is_logged=False),)}, "logged"),
    ],
)
def test_each_thing_that_replication_can_not_carry_is_found(change: dict[str, object], finding: str):
    assert [each.name for each in judge_source(READY, 16.0) if not each.ok] == []
    assert [each.name for each in judge_source(replace(READY, **change), 16.0) if not each.ok] == [finding]


class Target:
    """A city node's database server that holds the system's database, or none; and the node with its room."""

    def __init__(self, comment: str | None) -> None:
        self.comment = comment

    def ask(self, query: str, *_arguments: object, **_options: object) -> Any:
        if query == "room":
            return 1 << 30
        if "shobj_description" in query:
            return [] if self.comment is None else [{"comment": self.comment}]
        return [{"version": 15, "slots": 1, "extensions": ["plpgsql"]}]


@pytest.mark.parametrize(
    ("comment", "bad"),
    [
        (None, []),
        ("citynode move of archive: chg-1, schema restored", []),
        (f"citynode move of archive: chg-1{TAKEN_OVER}", ["taken-over"]),
        ("moved from room-archives: chg-1", ["name"]),
    ],
)
def test_a_target_that_took_over_or_is_anothers_takes_no_move(comment: str | None, bad: list[str]) -> None:
    there = cast("Any", Target(comment))
    found = judge_target(there, there, READY, "archive", "citynode move of archive:", "/volumes")
    assert [each.name for each in found if not each.ok] == bad


def test_the_systems_objects_fit_a_restricted_zone_and_open_only_the_way_to_the_database():
    made = with_owner(
        objects(plan_move(CITY, "archive"), folder="/volumes/archive", password="secret", change="chg-1", node="dc1-node1"), "archive"
    )
    by_kind = {each["kind"]: each for each in made}
    assert list(by_kind) == ["PersistentVolume", "PersistentVolumeClaim", "Secret", "NetworkPolicy", "Deployment"]
    pod = by_kind["Deployment"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
    }
    assert {"name": "APP_DATABASE", "value": "host=10.16.1.1,10.16.2.1 port=5432 dbname=archive user=archive"} in container["env"]
    assert [each["ipBlock"]["cidr"] for each in by_kind["NetworkPolicy"]["spec"]["egress"][0]["to"]] == ["10.16.1.1/32", "10.16.2.1/32"]
    assert "secret" not in json.dumps([each for each in made if each["kind"] != "Secret"]).replace("secretName", "").replace(
        '"secret": {', ""
    )


def test_names_and_texts_can_not_break_out_of_a_statement():
    query = checksums((Table('we"ird', "ta'ble", ('k"ey',), 1, is_logged=True),))
    assert "'we\"ird.ta''ble' AS name" in query
    assert 'FROM "we""ird"."ta\'ble"' in query
    assert '"citynode row"."k""ey"::text' in query
    assert set_sequences([{"schema": "s", "name": "o'x", "last_value": 7, "is_called": False}]) == [
        "SELECT setval('\"s\".\"o''x\"', 7, False)"
    ]


def test_a_superuser_of_the_department_is_no_superuser_on_the_city_node():
    role = {
        "name": "boss",
        "super": True,
        "inherit": True,
        "createrole": False,
        "createdb": False,
        "login": True,
        "connections": -1,
        "password": "SCRAM-SHA-256$x",
        "member_of": ["staff"],
    }
    made, altered, granted = create_roles([role], "citynode move of archive: chg-1")
    assert "SUPERUSER" not in f"{made} {altered}"
    assert "PASSWORD 'SCRAM-SHA-256$x'" in altered
    assert granted == 'GRANT "staff" TO "boss"'


def test_a_dump_is_rid_of_what_only_psql_understands():
    assert plain_statements("\\restrict abc\nCREATE TABLE t ();\n\\unrestrict abc\n") == "\nCREATE TABLE t ();\n\n"


def test_programs_that_are_sent_to_other_hosts_need_nothing_of_ours():
    for path in Path("migrate/remote").glob("*.py"):
        if path.name not in {"program.py", "__init__.py"}:
            assert not [
                line
                for line in path.read_text(encoding="utf-8").splitlines()
                if line.startswith(("from migrate", "from ops", "import psycopg"))
            ]
