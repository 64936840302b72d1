"""The probe itself: uploaded to a site outside the centres and run there by its python3. It imports nothing of ours.

It writes rows through the database service as any client would, and keeps a ledger of each: `ok` only if the commit
returned and the server did not warn, `fail` if it certainly did not happen, `indeterminate` otherwise. Each line is on
disk (fsync) before the next row is written. Beside it, it asks every member who is primary. All times are this host's
monotonic clock. It stops by itself after its time limit, so that a drill whose operator died leaves no process behind.

    python3 probe.py FOLDER start|state|stop|mark NAME
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Any

Json = dict[str, Any]  # the script also runs on a python3 that is older than ours

DEFINITE = ("22", "23", "25", "28", "3D", "42", "53", "57P03")
"""SQLSTATEs (or their classes) after which nothing was committed. An administrator's shutdown (57P01) is not among
them: it also ends a commit that waits for its standby."""
STUCK_SECONDS = 3.0
RETRY_SECONDS = 0.1
"""The pause after a refused connection: each try costs the members that answer a login, just when they have most to do."""
OPTIONS = "connect_timeout=1 tcp_user_timeout=1000 keepalives_idle=1 keepalives_interval=1 keepalives_count=2"


class Lines:
    """A file of JSON lines, shared by threads; fsynced line by line if it is the ledger."""

    def __init__(self, path: Path, *, is_synced: bool) -> None:
        self._file = path.open("ab")
        self._is_synced = is_synced
        self._lock = threading.Lock()

    def write(self, **fields: object) -> None:
        line = json.dumps(fields, separators=(",", ":")).encode() + b"\n"
        with self._lock:
            self._file.write(line)
            self._file.flush()
            if self._is_synced:
                os.fsync(self._file.fileno())


class Writer(threading.Thread):
    """Writes one system's rows, one after the other, each with a number of its own that is never used twice."""

    def __init__(self, config: Json, system: Json, segment: int, ledger: Lines, stopped: threading.Event) -> None:
        super().__init__(daemon=True)
        self.system, self.segment, self.ledger, self.stopped = system, segment, ledger, stopped
        hosts = ",".join(member["host"] for member in config["members"])
        ports = ",".join(str(member["port"]) for member in config["members"])
        self.target = (
            f"host={hosts} port={ports} user={config['user']} password={config['password']} dbname={system['database']}"
            f" target_session_attrs=read-write application_name=citynode-probe {OPTIONS}"
        )
        self.interval = config["interval_seconds"]
        self.insert = f"INSERT INTO {system['table']} (n) VALUES (%s)"  # noqa: S608 - the name is ours, quoted by who made the table
        self.counts = {"ok": 0, "fail": 0, "indeterminate": 0}
        self.last_ok = 0.0
        self.connection: Any = None
        self.warned = False
        self.busy_since = 0.0

    def run(self) -> None:
        number = self.segment * 10**9
        while not self.stopped.is_set():
            number += 1
            began = time.monotonic()
            outcome, error = self.write(number)
            ended = time.monotonic()
            said = {"e": error} if error else {}
            self.ledger.write(s=self.system["name"], n=number, a=round(began, 6), b=round(ended, 6), r=outcome, **said)
            self.counts[outcome] += 1
            if outcome == "ok":
                self.last_ok = ended
            self.stopped.wait(RETRY_SECONDS if outcome == "fail" else max(0.0, self.interval - (ended - began)))
        self.close()

    def write(self, number: int) -> tuple[str, str]:
        import psycopg

        try:
            if self.connection is None:
                self.connection = psycopg.connect(self.target, autocommit=True)
                self.connection.add_notice_handler(self.notice)
        except psycopg.Error as refused:
            self.connection = None
            return "fail", brief(refused)
        try:
            self.warned, self.busy_since = False, time.monotonic()
            self.connection.execute(self.insert, (number,))
        except psycopg.Error as broken:
            self.close()
            is_definite = (broken.sqlstate or "").startswith(DEFINITE)
            return ("fail" if is_definite else "indeterminate"), brief(broken)
        finally:
            self.busy_since = 0.0
        return ("indeterminate", "the server warned: committed here, perhaps not replicated") if self.warned else ("ok", "")

    def notice(self, diagnostic: Any) -> None:
        """Warning 01000 on a commit: its wait for the standby was cancelled, so the row may be lost."""
        if diagnostic.sqlstate == "01000":
            self.warned = True

    def close(self) -> None:
        try:
            if self.connection is not None:
                self.connection.close()
        except Exception as odd:  # noqa: BLE001 - a connection that is broken already may fail in any way
            sys.stderr.write(f"closing: {odd}\n")
        self.connection = None

    def unstick(self) -> None:
        """End a write that hangs: no setting of PostgreSQL bounds a commit's wait for its standby."""
        since, connection = self.busy_since, self.connection
        if since and connection is not None and time.monotonic() - since > STUCK_SECONDS:
            try:
                socket.socket(fileno=os.dup(connection.fileno())).shutdown(socket.SHUT_RDWR)
            except Exception as gone:  # noqa: BLE001 - the write may have ended meanwhile
                sys.stderr.write(f"unstick: {gone}\n")


class Watcher(threading.Thread):
    """Asks one member, again and again, whether it would accept writes."""

    QUERY = "SELECT pg_is_in_recovery(), CASE WHEN pg_is_in_recovery() THEN '' ELSE substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) END"

    def __init__(self, config: Json, member: Json, sides: Lines, stopped: threading.Event) -> None:
        super().__init__(daemon=True)
        self.member, self.sides, self.stopped = member, sides, stopped
        self.target = (
            f"host={member['host']} port={member['port']} user={config['user']} password={config['password']}"
            f" dbname=postgres application_name=citynode-probe {OPTIONS}"
        )
        self.interval = config["watch_seconds"]

    def run(self) -> None:
        import psycopg

        connection: Any = None
        while not self.stopped.is_set():
            began = time.monotonic()
            state, timeline = "unreachable", ""
            try:
                connection = connection or psycopg.connect(self.target, autocommit=True)
                is_standby, timeline = connection.execute(self.QUERY).fetchone()
                state = "standby" if is_standby else "primary"
            except psycopg.Error:
                connection = None
            ended = time.monotonic()
            self.sides.write(m=self.member["name"], a=round(began, 6), b=round(ended, 6), r=state, t=timeline)
            self.stopped.wait(max(0.01, self.interval - (ended - began)))
        if connection is not None:
            connection.close()


def brief(error: BaseException) -> str:
    return " ".join(str(error).split())[-160:]


def work(folder: Path, config: Json, segment: int) -> None:
    """The daemon: writers and watchers until told to stop, or until the limit."""
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    ledger = Lines(folder / "ledger.jsonl", is_synced=True)
    sides = Lines(folder / "sides.jsonl", is_synced=False)
    writers = [Writer(config, system, segment, ledger, stopped) for system in config["systems"]]
    threads: list[threading.Thread] = [*writers, *(Watcher(config, member, sides, stopped) for member in config["members"])]
    for thread in threads:
        thread.start()
    limit = time.monotonic() + config["limit_seconds"]
    while not stopped.is_set() and time.monotonic() < limit:
        save(
            folder / "state.json",
            {
                "segment": segment,
                "at": time.monotonic(),
                "systems": {each.system["name"]: dict(each.counts, last_ok=each.last_ok) for each in writers},
            },
        )
        for each in writers:
            each.unstick()
        stopped.wait(0.1)
    stopped.set()
    for thread in threads:
        thread.join(STUCK_SECONDS + 2)


def save(path: Path, value: Json) -> None:
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(json.dumps(value))
    fresh.replace(path)


def load(path: Path) -> Json:
    """The file's content; nothing where there is none yet."""
    try:
        found: Json = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return found


def born(pid: int) -> str:
    """The start time of a process: with the pid, its name for ever."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return ""
    return "" if fields[0] == "Z" else fields[19]


def running(folder: Path) -> int:
    """The daemon's pid, or 0."""
    known = load(folder / "pid.json")
    return int(known["pid"]) if known.get("born") and born(known["pid"]) == known["born"] else 0


def start(folder: Path) -> Json:
    if running(folder):
        return state(folder)
    import psycopg

    segment = segments(folder) + 1
    mark(folder, f"segment-{segment}")
    child = os.fork()
    if child == 0:
        os.setsid()
        daemon(folder, load(folder / "config.json"), segment)
        os._exit(0)
    os.waitpid(child, 0)
    return {"running": True, "segment": segment, "psycopg": psycopg.__version__, "libpq": psycopg.pq.version()}


def daemon(folder: Path, config: Json, segment: int) -> None:
    """Leave the session behind; only the grandchild works, and its pid is written down before the child ends."""
    pid = os.fork()
    if pid:
        save(folder / "pid.json", {"pid": pid, "born": born(pid)})
        return
    log = os.open(folder / "probe.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    null = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((null, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
    work(folder, config, segment)
    os._exit(0)


def segments(folder: Path) -> int:
    """How often the probe was started in this folder."""
    path = folder / "events.jsonl"
    return path.read_text().count('"segment-') if path.exists() else 0


def state(folder: Path) -> Json:
    known = load(folder / "state.json") or {"systems": {}}
    return dict(known, running=bool(running(folder)), now=time.monotonic())


def mark(folder: Path, name: str) -> Json:
    """Write an event of the drill down in this host's time."""
    event = {"e": name, "t": round(time.monotonic(), 6), "w": round(time.time(), 3)}
    Lines(folder / "events.jsonl", is_synced=True).write(**event)
    return event


def stop(folder: Path) -> Json:
    pid = running(folder)
    if pid:
        os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + 15
    while running(folder) and time.monotonic() < deadline:
        time.sleep(0.05)
    if running(folder):
        os.kill(pid, signal.SIGKILL)
    return state(folder)


def main(arguments: list[str]) -> None:
    folder, verb = Path(arguments[0]), arguments[1]
    verbs = {"start": start, "state": state, "stop": stop}
    found = mark(folder, arguments[2]) if verb == "mark" else verbs[verb](folder)
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
