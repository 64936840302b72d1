"""Reads DBOS's records without becoming one of its executors: a look must never make work run."""

from __future__ import annotations

import logging
from types import TracebackType
from typing import Any, Self

from ops.errors import CitynodeError
from ops.language import _

_NOT_MADE_YET = ("no such table", "does not exist")
"""What SQLite and PostgreSQL say of a table that isn't there."""


class Client:
    """DBOS's client on one database, closed at the end of the `with`."""

    def __init__(self, url: str) -> None:
        from dbos import DBOSClient, DBOSPortableJSONSerializer

        logging.getLogger("dbos").setLevel(logging.CRITICAL)
        try:
            self._client = DBOSClient(system_database_url=url, serializer=DBOSPortableJSONSerializer())
        except Exception as problem:
            raise CitynodeError(
                _("the record of operations can't be opened"),
                why=str(problem).splitlines()[0][:300],
                hint=_("see the setting 'database' (citynode config show --origin)"),
            ) from problem

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None) -> None:
        self._client.destroy()

    def workflows(self, name: str, *, pending: bool, limit: int) -> list[Any]:
        """Newest first; none in a database whose maker was killed before it had its tables."""
        from sqlalchemy.exc import DatabaseError

        try:
            return list(self._client.list_workflows(name=name, status="PENDING" if pending else None, sort_desc=True, limit=limit))
        except DatabaseError as problem:
            if any(words in str(problem.orig) for words in _NOT_MADE_YET):
                return []
            raise

    def steps(self, workflow_id: str) -> list[Any]:
        return list(self._client.list_workflow_steps(workflow_id))

    def cancel(self, workflow_ids: list[str]) -> None:
        self._client.cancel_workflows(workflow_ids)
