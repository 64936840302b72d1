"""What an API server's answers and silences become; a server of our own answers on a loopback port."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import urllib3

from ops.errors import CitynodeError, TimedOut, Unreachable
from stacks.cluster.client import Cluster, _reason
from stacks.cluster.errors import Missing, Refused, Stuck
from stacks.cluster.login import Login

ANSWERS: dict[str, tuple[int, object]] = {
    "/ok": (200, {"kind": "Namespace"}),
    "/missing": (404, {"kind": "Status", "message": 'namespaces "x" not found'}),
    "/login": (401, {"kind": "Status", "message": "Unauthorized"}),
    "/right": (403, {"kind": "Status", "message": "User cannot patch"}),
    "/ending": (403, {"kind": "Status", "message": "unable to create: namespace x because it is being terminated"}),
    "/page": (502, "<html>"),
}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        status, body = ANSWERS[self.path]
        data = (body if isinstance(body, str) else json.dumps(body)).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[Cluster]:
    """An API server that knows a few paths."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as httpd:
        threading.Thread(target=httpd.serve_forever, daemon=True).start()
        cluster = Cluster(Login(f"http://127.0.0.1:{httpd.server_port}", origin="/etc/kubeconfig"), threads=1)
        yield cluster
        cluster._pool.clear()
        httpd.shutdown()


def test_an_answer_is_its_json(server: Cluster) -> None:
    assert server.request("GET", "/ok") == {"kind": "Namespace"}


@pytest.mark.parametrize(
    ("path", "kind", "says"),
    [
        ("/missing", Missing, 'namespaces "x" not found'),
        ("/login", Unreachable, "refused the login: Unauthorized"),
        ("/right", Refused, "User cannot patch"),
        ("/ending", Stuck, "is being terminated"),
        ("/page", Refused, "<html>"),
    ],
)
def test_a_refusal_keeps_its_kind(server: Cluster, path: str, kind: type[CitynodeError], says: str) -> None:
    with pytest.raises(CitynodeError) as raised:
        server.request("GET", path)
    assert type(raised.value) is kind
    assert says in str(raised.value)
    assert isinstance(raised.value, TimedOut) == (path == "/ending")


def test_a_refused_login_says_which_file_it_came_from(server: Cluster) -> None:
    with pytest.raises(Unreachable) as raised:
        server.request("GET", "/login")
    assert raised.value.hint == "check the credentials in /etc/kubeconfig"


def test_a_silent_server_is_asked_once_for_all_that_wait() -> None:
    cluster = Cluster(Login("http://127.0.0.1:1"), threads=1)
    with pytest.raises(Unreachable, match=r"127\.0\.0\.1:1 can't be reached: .*Connection refused"):
        cluster.request("GET", "/ok")
    cluster._pool = None  # type: ignore[assignment]  # a second request that went out would fail on this
    with pytest.raises(Unreachable, match="Connection refused"):
        cluster.request("GET", "/ok")


@pytest.mark.parametrize(
    ("failed", "says"),
    [
        (
            urllib3.exceptions.ConnectTimeoutError("HTTPSConnection(host='10.1.1.1', port=6443): Connection to 10.1.1.1 timed out."),
            "Connection to 10.1.1.1 timed out.",
        ),
        (urllib3.exceptions.ProtocolError("Connection aborted"), "Connection aborted"),
        (ConnectionResetError(), "ConnectionResetError"),
    ],
)
def test_the_reason_is_said_once(failed: Exception, says: str) -> None:
    assert _reason(failed) == says
