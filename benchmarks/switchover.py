"""How long a planned switchover keeps clients from writing: drills beside switchovers by hand, `python -m benchmarks.switchover [ROUNDS]`.

A round is one `citynode dr drill run switchover` and one bare `POST /switchover` to Patroni's REST API, as `patronictl` does
it, watched by a loop of inserts that has nothing in common with the drill's probe. Run it against the lab in use, or
`CITYNODE_ACCESS=FILE`: it really switches, and ends where it began.
"""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import threading
import time
import urllib.request
from statistics import median
from typing import TYPE_CHECKING, Any

from cli.render import Table, to_text
from ops.errors import TimedOut, UsageProblem
from ops.reach import load_access
from ops.secrets import resolve
from ops.settings import load_settings

if TYPE_CHECKING:
    from ops.access import Access, Centre

PROMISED = 6.0
TABLE = "citynode_benchmark_switchover"
SETTLE_SECONDS = 120


class Client(threading.Thread):
    """Inserts a row every 20 ms wherever it may write; remembers when each was acknowledged."""

    def __init__(self, targets: list[Centre]) -> None:
        from psycopg.conninfo import conninfo_to_dict, make_conninfo

        super().__init__(daemon=True)
        known = [conninfo_to_dict(str(each.postgres)) for each in targets]
        every = {key: ",".join(str(each.get(key, "")) for each in known) for key in ("host", "port")}
        rest = {"target_session_attrs": "read-write", "connect_timeout": "1", "tcp_user_timeout": "1000"}
        rest["password"] = resolve(targets[0].postgres_password)
        self.target = make_conninfo("", **{**known[0], **every, **rest})
        self.good: list[float] = []
        self.stopped = threading.Event()

    def run(self) -> None:
        import psycopg

        connection = None
        while not self.stopped.wait(0.02):
            try:
                if connection is None:
                    connection = psycopg.connect(self.target, autocommit=True)
                    connection.execute(f"CREATE TABLE IF NOT EXISTS {TABLE} (at timestamptz)".encode())
                connection.execute(f"INSERT INTO {TABLE} VALUES (now())".encode())  # noqa: S608 - our own constant
                self.good.append(time.monotonic())
            except psycopg.Error:
                connection = None
        if connection is not None:
            connection.execute(f"DROP TABLE IF EXISTS {TABLE}".encode())
            connection.close()

    def outage(self) -> float:
        """The longest time without an acknowledged row."""
        return max(after - before for before, after in zip(self.good, self.good[1:], strict=False))


def ask(centre: Centre, path: str, body: dict[str, str] | None = None) -> Any:
    """Patroni's answer."""
    request = urllib.request.Request(centre.patroni + path, data=json.dumps(body).encode() if body else None)  # noqa: S310
    if body:
        login = base64.b64encode(f"{centre.patroni_user}:{resolve(centre.patroni_password)}".encode()).decode()
        request.add_header("Authorization", f"Basic {login}")
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
        said = answer.read().decode()
    return json.loads(said) if said.startswith("{") else said


def settled(centres: dict[str, Centre]) -> tuple[str, str]:
    """Leader and synchronous standby, once everybody streams."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while time.monotonic() < deadline:
        members = ask(next(iter(centres.values())), "/cluster")["members"]
        roles = {each["role"]: each["name"] for each in members}
        if {"leader", "sync_standby"} <= roles.keys() and all(each["state"] in ("running", "streaming") for each in members):
            return roles["leader"], roles["sync_standby"]
        time.sleep(0.5)
    raise TimedOut(f"the group did not settle in {SETTLE_SECONDS} s", hint="citynode dr status")


def by_hand(centres: dict[str, Centre]) -> float:
    """The outage of a switchover that nobody but Patroni looks after."""
    leader, standby = settled(centres)
    client = Client(list(centres.values()))
    client.start()
    time.sleep(2)
    ask(centres[leader], "/switchover", {"leader": leader, "candidate": standby})
    settled(centres)
    time.sleep(2)
    client.stopped.set()
    client.join()
    return client.outage()


def by_drill(centres: dict[str, Centre]) -> tuple[float, float]:
    """The outage that a drill measured, and how long the whole drill took."""
    settled(centres)
    began = time.monotonic()
    drill = [sys.executable, "-m", "cli.main", "dr", "drill", "run", "switchover", "-o", "json", "--quiet"]
    done = subprocess.run(drill, capture_output=True, text=True, check=True)
    return max(each["rto_seconds"] for each in json.loads(done.stdout)["systems"]), time.monotonic() - began


def members_of(access: Access) -> dict[str, Centre]:
    found = {name: centre for name, centre in access.centres.items() if centre.patroni and centre.postgres}
    if len(found) < 2:
        raise UsageProblem("the access file knows no database cluster", hint="citynode lab up (with the part `quorum`)")
    return found


def main() -> None:
    settings = load_settings({})
    if settings.access is None:
        raise UsageProblem("no lab is in use", hint="citynode lab up --city tiny --only quorum")
    centres = members_of(load_access(settings.access))
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    measured: list[tuple[float, float, float]] = []
    for number in range(1, rounds + 1):
        drill, whole = by_drill(centres)
        measured.append((drill, by_hand(centres), whole))
        print(f"round {number}: drill {measured[-1][0]:.2f} s, by hand {measured[-1][1]:.2f} s", file=sys.stderr)
    middle = tuple(median(column) for column in zip(*measured, strict=True))
    rows = [*((str(number), *row) for number, row in enumerate(measured, start=1)), ("median", *middle)]
    note = f"the drill's median is {'under' if middle[0] < PROMISED else 'NOT under'} {PROMISED:g} s"
    print(to_text(Table(("round", "outage in a drill (s)", "outage by hand (s)", "whole drill (s)"), rows, note=note)), end="")


if __name__ == "__main__":
    main()
