"""Reading the record of operations as a kill may have left it."""

from __future__ import annotations

from pathlib import Path

from ops.dbos_client import Client
from tests.unit.ops.test_durable import operate, ran


def test_a_database_whose_maker_was_killed_before_it_had_tables_holds_no_work_and_takes_the_next(tmp_path: Path) -> None:
    (tmp_path / "dbos.sqlite").touch()
    with Client(f"sqlite:///{tmp_path / 'dbos.sqlite'}") as client:
        assert client.workflows("net-push", pending=True, limit=5) == []
    done = operate(tmp_path)
    assert done.returncode == 0, done.stderr
    assert ran(tmp_path)
