"""The reference application: what stands in for a department's system, before its move and after.

One file that needs Python 3.11 and psycopg and nothing of ours, because it runs on a departmental host and in an image.
A write is acknowledged (201 and its id) only when PostgreSQL has committed it without a warning; it refuses to
acknowledge a commit whose synchronous replication was cancelled. Writing the same token twice writes it once.

    GET  /health              role and read-only state of the database; 503 when it can't be reached
    GET  /count               how many entries there are, and the highest id
    GET  /entries/ID          one entry
    POST /entries             {"token": …, "text": …} -> 201 {"id": …}; 503 while the database is read-only
    GET, PUT /files/NAME      the system's files

Environment: APP_SYSTEM, APP_PORT, APP_LISTEN (addresses by comma, empty: all of both families), APP_DATABASE (libpq
connection string), APP_PASSWORD or APP_PASSWORD_FILE, APP_FILES (folder).
"""

from __future__ import annotations

import json
import os
import queue
import re
import socket
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import psycopg

FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
LARGEST = 8 << 20
WRITE = "INSERT INTO entries (token, body) VALUES (%s, %s) ON CONFLICT (token) DO UPDATE SET token = excluded.token RETURNING id"


class Indeterminate(Exception):
    """The server committed here and warned that it may not be committed elsewhere."""


@dataclass
class Database:
    """Connections kept for reuse; one that failed is thrown away."""

    conninfo: str
    password: str
    idle: queue.SimpleQueue[psycopg.Connection[Any]] = field(default_factory=queue.SimpleQueue)

    @contextmanager
    def connection(self) -> Iterator[psycopg.Connection[Any]]:
        connection = self._take()
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        self.idle.put(connection)

    def _take(self) -> psycopg.Connection[Any]:
        try:
            while True:
                connection = self.idle.get_nowait()
                if not connection.closed:
                    return connection
        except queue.Empty:
            settings = {"connect_timeout": 2, "tcp_user_timeout": 2000, "target_session_attrs": "primary"}
            secret = {"password": self.password} if self.password else {}
            return psycopg.connect(self.conninfo, autocommit=True, **settings, **secret)  # type: ignore[arg-type]

    def ask(self, statement: str, values: tuple[object, ...] = ()) -> tuple[Any, ...]:
        """The first row of a statement; a warning on the way makes its outcome indeterminate."""
        try:
            return self._ask(statement, values)
        except psycopg.OperationalError:  # the connection was from before a restart or a switchover: once more with a new one
            while not self.idle.empty():
                self.idle.get().close()
            return self._ask(statement, values)

    def _ask(self, statement: str, values: tuple[object, ...]) -> tuple[Any, ...]:
        warnings: list[str] = []
        with self.connection() as connection:

            def note(said: psycopg.errors.Diagnostic) -> None:
                if said.severity_nonlocalized == "WARNING":
                    warnings.append(said.message_primary or "warning")

            connection.add_notice_handler(note)
            try:
                row = connection.execute(statement, values).fetchone()
            finally:
                connection.remove_notice_handler(note)
        if warnings:
            raise Indeterminate(warnings[0])
        return row or ()


@dataclass(frozen=True)
class App:
    system: str
    database: Database
    files: Path

    def health(self) -> tuple[int, dict[str, Any]]:
        standby, read_only, address = self.database.ask(
            "SELECT pg_is_in_recovery(), current_setting('transaction_read_only')::bool, coalesce(host(inet_server_addr()), 'socket')"
        )
        role = "standby" if standby else "primary"
        return 200, {"system": self.system, "role": role, "read_only": read_only, "database": address}

    def count(self) -> tuple[int, dict[str, Any]]:
        entries, last = self.database.ask("SELECT count(*), coalesce(max(id), 0) FROM entries")
        return 200, {"entries": entries, "last": last}

    def entry(self, number: str) -> tuple[int, dict[str, Any]]:
        found = self.database.ask("SELECT id, token, body, at::text FROM entries WHERE id = %s", (int(number),)) if number.isdigit() else ()
        return (200, dict(zip(("id", "token", "text", "at"), found, strict=True))) if found else (404, {"error": "no such entry"})

    def write(self, content: bytes) -> tuple[int, dict[str, Any]]:
        try:
            asked = json.loads(content)
            token, text = str(asked["token"])[:200], str(asked.get("text", ""))
        except (ValueError, KeyError, TypeError, AttributeError):
            return 400, {"error": "send JSON with a token"}
        return 201, {"id": self.database.ask(WRITE, (token, text))[0]}

    def read_file(self, name: str) -> bytes | None:
        path = self.files / name
        return path.read_bytes() if FILE_NAME.fullmatch(name) and path.is_file() else None

    def write_file(self, name: str, content: bytes) -> tuple[int, dict[str, Any]]:
        if not FILE_NAME.fullmatch(name):
            return 400, {"error": "that is no name for a file"}
        if self.health()[1]["read_only"]:
            return 503, {"error": "read-only"}
        fresh = self.files / f".{name}.{threading.get_ident()}"
        with fresh.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.files / name)
        return 201, {"name": name, "bytes": len(content)}


class Handler(BaseHTTPRequestHandler):
    """HTTP to the application; every failure of the database is a 503 that says why."""

    protocol_version = "HTTP/1.1"
    timeout = 30
    app: App

    def do_GET(self) -> None:
        self._answer(self._get)

    def do_POST(self) -> None:
        self._answer(self._post)

    def do_PUT(self) -> None:
        self._answer(self._put)

    def _get(self) -> tuple[int, dict[str, Any] | bytes]:
        kind, name = self._target()
        if kind == "files":
            content = self.app.read_file(name)
            return (200, content) if content is not None else (404, {"error": "no such file"})
        if kind == "entries":
            return self.app.entry(name)
        known = {"health": self.app.health, "count": self.app.count}
        return known[kind]() if kind in known and not name else (404, {"error": "no such page"})

    def _post(self) -> tuple[int, dict[str, Any]]:
        content = self._content()
        return self.app.write(content) if self._target() == ("entries", "") else (404, {"error": "no such page"})

    def _put(self) -> tuple[int, dict[str, Any]]:
        content = self._content()
        kind, name = self._target()
        return self.app.write_file(name, content) if kind == "files" else (404, {"error": "no such page"})

    def _target(self) -> tuple[str, str]:
        kind, _, name = self.path.partition("?")[0].strip("/").partition("/")
        return kind, name

    def _content(self) -> bytes:
        length = int(self.headers.get("Content-Length") or 0)
        if not 0 <= length <= LARGEST:
            self.close_connection = True
            raise ValueError("too large")
        return self.rfile.read(length)

    def _answer(self, work: Any) -> None:
        try:
            status, body = work()
        except psycopg.errors.ReadOnlySqlTransaction:
            status, body = 503, {"error": "read-only"}
        except Indeterminate as unsure:
            status, body = 500, {"error": "indeterminate", "why": str(unsure)}
        except psycopg.Error as problem:
            status, body = 503, {"error": "database", "why": str(problem).splitlines()[0] if str(problem) else type(problem).__name__}
        except (OSError, ValueError) as problem:
            status, body = 500, {"error": str(problem)}
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/octet-stream" if isinstance(body, bytes) else "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is http.server's
        """Say nothing: a probe asks many times a second."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: str, port: int, handler: type[Handler]) -> None:
        self.address_family = socket.AF_INET6 if ":" in address else socket.AF_INET
        super().__init__((address, port), handler)

    def server_bind(self) -> None:
        if self.address_family == socket.AF_INET6:
            self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0 if self.server_address[0] == "::" else 1)
        super().server_bind()


def password(environment: Mapping[str, str]) -> str:
    path = environment.get("APP_PASSWORD_FILE")
    return Path(path).read_text().strip() if path else environment.get("APP_PASSWORD", "")


def main(environment: Mapping[str, str]) -> int:
    database = Database(environment.get("APP_DATABASE", ""), password(environment))
    app = App(environment.get("APP_SYSTEM", "app"), database, Path(environment.get("APP_FILES", "/srv/files")))
    handler = type("BoundHandler", (Handler,), {"app": app})
    addresses = [each for each in environment.get("APP_LISTEN", "::").split(",") if each]
    servers = [Server(address, int(environment.get("APP_PORT", "8080")), handler) for address in addresses]
    threads = [threading.Thread(target=server.serve_forever) for server in servers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return 0


if __name__ == "__main__":
    sys.exit(main(os.environ))
