"""What DBOS remembers of our runs: begun, which steps were done, how it ended.

A run is a change id; each process that works on it makes one *attempt*, a DBOS workflow of its own that begins with the
results of the attempts before it. So no process ever takes over another's workflow (DBOS's own recovery would, and
would run a step twice if the other still lives), and a resume needs no poll of a queue. DBOS is imported only here.
"""

from __future__ import annotations

import logging
import os
import secrets
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from ops.errors import CitynodeError
from ops.language import N_, WORD, _
from ops.plan import JsonObject, digest
from ops.suggest import unknown

if TYPE_CHECKING:
    from ops.control import Control

NAME = "citynode"
VERSION = "1"
"""Pinned: DBOS would else hash our source and never look at runs of an older version again."""

WORKFLOW = "citynode-run"
_DO, _UNDO = "do:", "undo:"
ABANDON = "citynode ops abandon {change}"
"""How a run is given up that put nothing down: it is only forgotten."""

_bodies: dict[str, Callable[[], None]] = {}
_lock = threading.Lock()
_launched = ""


@dataclass(frozen=True)
class Attempt:
    """One process's work on a run."""

    change_id: str
    number: int
    scope: str
    kind: str
    subject: str
    payload: JsonObject
    author: str
    command: tuple[str, ...]
    begun: str
    done: Mapping[str, JsonObject] = field(default_factory=dict)
    undone: tuple[str, ...] = ()
    failed: bool = False
    state: str = N_("unfinished", WORD)
    """unfinished, done, failed, undone (by a later process) or abandoned."""
    give_up: str | None = ""
    """As in `Work`."""

    @property
    def id(self) -> str:
        return f"{self.change_id}.{self.number}"

    @property
    def digest(self) -> str:
        return digest(self.payload)

    @property
    def plan_hash(self) -> str:
        return str(self.payload.get("plan_hash") or self.digest)

    @property
    def is_resumed(self) -> bool:
        return self.number > 1

    @property
    def way_out(self) -> str:
        """The command that gives it up; empty where there is only the way on."""
        return "" if self.give_up is None else (self.give_up or ABANDON).replace("{change}", self.change_id)

    def again(self, control: Control) -> Attempt:
        """The next attempt of the same run."""
        return replace(self, number=self.number + 1, author=control.author)

    def as_input(self) -> JsonObject:
        hidden = {"state", "command", "undone"}
        values = {name: getattr(self, name) for name in self.__dataclass_fields__ if name not in hidden}
        return {**values, "done": dict(self.done), "command": list(self.command), "undone": list(self.undone)}


class Record:
    """The book of runs in a state folder (SQLite), or in PostgreSQL when the setting `database` names one."""

    def __init__(self, url: str, scope: str) -> None:
        self._url = url
        self._scope = scope

    @classmethod
    def open(cls, control: Control) -> Record:
        return cls(control.database or database_url(control.state), control.scope)

    def prepare(self) -> None:
        """Make a team's database ready for its first run; a file is made when it is first written."""
        if not self._url.startswith("sqlite:"):
            _launch(self._url)

    def new(self, kind: str, subject: str, payload: JsonObject, control: Control) -> Attempt:
        now = datetime.now(UTC)
        change_id = f"chg-{now:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
        begun = now.isoformat(timespec="seconds")
        return Attempt(change_id, 1, self._scope, kind, subject, payload, control.author, control.command, begun)

    def unfinished(self, kind: str, subject: str) -> Attempt | None:
        """The last attempt of the run that was begun for this and has no end."""
        return next((run for run in self.runs(unfinished=True) if (run.kind, run.subject) == (kind, subject)), None)

    def runs(self, *, unfinished: bool = False, limit: int = 200) -> tuple[Attempt, ...]:
        """The last attempt of each run of this city, newest first."""
        if self._is_empty():
            return ()
        from ops.dbos_client import Client

        with Client(self._url) as client:
            latest: dict[str, Attempt] = {}
            for status in client.workflows(WORKFLOW, pending=unfinished, limit=limit):
                attempt = _from_status(status)
                if attempt.scope == self._scope and latest.get(attempt.change_id, attempt).number <= attempt.number:
                    latest[attempt.change_id] = attempt
            return tuple(_with_steps(attempt, client.steps(attempt.id)) for attempt in latest.values())

    def abandon(self, attempt: Attempt) -> None:
        """Give the run up: it will never be resumed. What it did stays."""
        from ops.dbos_client import Client

        with Client(self._url) as client:
            client.cancel([f"{attempt.change_id}.{number}" for number in range(1, attempt.number + 1)])

    def run(self, attempt: Attempt, body: Callable[[], None]) -> None:
        """Run the body as this attempt's workflow, in this thread."""
        from dbos import SetWorkflowID

        workflow = _launch(self._url)
        _bodies[attempt.id] = body
        try:
            with SetWorkflowID(attempt.id):
                workflow(attempt.as_input())
        finally:
            del _bodies[attempt.id]

    def step(self, name: str, do: Callable[[], JsonObject]) -> JsonObject:
        """Do it and write its result down."""
        from dbos import DBOS

        return DBOS.run_step({"name": _DO + name}, do)

    def undo(self, name: str, do: Callable[[], JsonObject]) -> JsonObject:
        from dbos import DBOS

        return DBOS.run_step({"name": _UNDO + name}, do)

    def _is_empty(self) -> bool:
        return self._url.startswith("sqlite:///") and not Path(self._url.removeprefix("sqlite:///")).exists()


def database_url(state: Path) -> str:
    return f"sqlite:///{state / 'dbos.sqlite'}"


def _from_status(status: Any) -> Attempt:
    values = dict(status.input["args"][0])
    states = {"SUCCESS": N_("done", WORD), "ERROR": N_("failed", WORD), "CANCELLED": N_("abandoned", WORD)}
    values["command"], values["undone"] = tuple(values["command"]), tuple(values["undone"])
    return Attempt(**values, state=states.get(status.status, "unfinished"))


def _with_steps(attempt: Attempt, steps: list[Any]) -> Attempt:
    """The attempt with what its own workflow did added to what it began with."""
    done = dict(attempt.done)
    undone = list(attempt.undone)
    failed = attempt.failed
    for step in steps:
        name, error = step["function_name"], step["error"]
        if name.startswith(_DO) and error is None:
            done[name.removeprefix(_DO)] = step["output"]
        elif name.startswith(_DO):
            failed = True
        elif name.startswith(_UNDO) and error is None:
            undone.append(name.removeprefix(_UNDO))
    state = N_("undone", WORD) if failed and attempt.state == "done" else attempt.state
    return replace(attempt, done=done, undone=tuple(undone), failed=failed, state=state)


def _launch(url: str) -> Callable[[JsonObject], None]:
    """DBOS running in this process on this database; our one workflow."""
    global _launched
    from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer

    with _lock:
        if _launched == url:
            return cast("Callable[[JsonObject], None]", _workflow)
        if _launched:
            DBOS.destroy()
        logging.getLogger("dbos").setLevel(logging.CRITICAL)
        config = DBOSConfig(
            name=NAME, system_database_url=url, application_version=VERSION, executor_id=f"{os.getpid()}-{secrets.token_hex(4)}",
            log_level="CRITICAL", enable_otlp=False, serializer=DBOSPortableJSONSerializer(),
        )  # fmt: skip
        try:
            DBOS(config=config)
            _register()
            DBOS.launch()
        except Exception as problem:
            raise CitynodeError(
                _("the record of operations can't be opened"),
                why=str(problem).splitlines()[0][:300],
                hint=_("see the setting 'database' (citynode config show --origin) and the space on the disk"),
            ) from problem
        _launched = url
    return cast("Callable[[JsonObject], None]", _workflow)


def shut_down() -> None:
    """Let go of the database; the next run opens it again. A process that ends need not call it."""
    global _launched
    from dbos import DBOS

    with _lock:
        if _launched:
            DBOS.destroy()
            _launched = ""


_workflow: Callable[[JsonObject], None] | None = None


def _register() -> None:
    global _workflow
    from dbos import DBOS

    if _workflow is None:
        _workflow = DBOS.workflow(name=WORKFLOW)(_body)


def _body(values: JsonObject) -> None:
    """The workflow: closes every attempt before it, for one may have died before it did so, then does what the caller wants done."""
    from dbos import DBOS

    earlier = [f"{values['change_id']}.{number}" for number in range(1, values["number"])]
    if earlier:
        DBOS.cancel_workflows(earlier)
    _bodies[f"{values['change_id']}.{values['number']}"]()


def find(runs: Iterable[Attempt], beginning: str) -> Attempt:
    """The one run whose change id begins (or ends) so."""
    known = tuple(runs)
    found = [run for run in known if run.change_id.startswith(beginning) or run.change_id.endswith(beginning)]
    if len(found) != 1:
        raise unknown("unfinished operation", beginning, [run.change_id for run in known])
    return found[0]
