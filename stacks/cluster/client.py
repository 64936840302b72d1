"""One API server over kept-alive connections: requests in, JSON out, every failure one of our errors.

It knows nothing of resources' meaning. Proxies of the environment are ignored on purpose: the management network is
reached directly. A server that just refused to answer is not asked again for a moment, so that a hundred waiting
requests fail at once instead of one time limit after the other.
"""

from __future__ import annotations

import json
import re
import ssl
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import urllib3
from urllib3.exceptions import HTTPError, MaxRetryError
from urllib3.util import Retry, Timeout

from ops.errors import Declined, Unreachable
from ops.language import _
from stacks.cluster.errors import Denied, Missing, Refused, Stuck
from stacks.cluster.login import JsonObject, Login

BREATHER_SECONDS = 2.0
JSON = "application/json"
APPLY = "application/apply-patch+yaml"
MERGE = "application/merge-patch+json"
RETRIED_STATUS = frozenset({429, 503})
"""The server says that it is busy or starting: both are safe to repeat."""


class Cluster:
    """A connection pool to one API server; safe for many threads. Only idempotent requests are sent: all may be retried."""

    def __init__(self, login: Login, *, threads: int = 16, connect_seconds: float = 5.0, read_seconds: float = 60.0) -> None:
        self.login = login
        self._closed = False
        self._down_until = 0.0
        self._down_why = ""
        self._headers = {"Accept": JSON, "User-Agent": "citynode"}
        if login.token:
            self._headers["Authorization"] = f"Bearer {login.token}"
        options: dict[str, Any] = {"ssl_context": _trust(login)} if login.server.startswith("https") else {}
        if login.server_name:
            options |= {"server_hostname": login.server_name, "assert_hostname": login.server_name}
        self._pool = urllib3.PoolManager(
            num_pools=1,
            maxsize=threads,
            block=True,
            timeout=Timeout(connect=connect_seconds, read=read_seconds),
            retries=Retry(
                total=2,
                connect=1,
                read=1,
                status=2,
                backoff_factor=0.3,
                status_forcelist=RETRIED_STATUS,
                allowed_methods=None,
                raise_on_status=False,
                redirect=0,
            ),
            **options,
        )

    def request(self, method: str, path: str, *, body: object = None, query: dict[str, str] | None = None, media: str = JSON) -> JsonObject:
        """The server's JSON answer; raises `Missing`, `Refused` or `Unreachable`."""
        if self._closed:
            raise Declined(_("stopped"), why=_("what was done stays as it is"), hint=_("the same command goes on where it stopped"))
        if time.monotonic() < self._down_until:
            raise self._unreachable(self._down_why)
        url = f"{self.login.server}{path}" + (f"?{urlencode(query)}" if query else "")
        payload = None if body is None else json.dumps(body, separators=(",", ":")).encode()
        headers = self._headers | ({"Content-Type": media} if payload is not None else {})
        try:
            answer = self._pool.request(method, url, body=payload, headers=headers)
        except (HTTPError, OSError) as failed:
            self._down_why, self._down_until = _reason(failed), time.monotonic() + BREATHER_SECONDS
            raise self._unreachable(self._down_why) from failed
        return self._parsed(method, path, answer.status, answer.data)

    def close(self) -> None:
        """Refuse every further request: the operator stopped the run. What is on its way ends by itself."""
        self._closed = True

    def _parsed(self, method: str, path: str, status: int, data: bytes) -> JsonObject:
        try:
            parsed = json.loads(data) if data else {}
        except ValueError:
            parsed = {"message": data[:200].decode("utf-8", "replace")}
        if status < 300 and isinstance(parsed, dict):
            return parsed
        message = str(parsed.get("message", "")) if isinstance(parsed, dict) else ""
        if status == 403 and "is being terminated" in message:
            hint = _("wait until it is gone and run again; if it stays, end what holds it")
            raise Stuck(_("a namespace that is needed is still being deleted"), why=message, hint=hint)
        if status == 401:
            raise Unreachable(
                _("{server} refused the login").format(server=self.login.server),
                why=message,
                hint=_("check the credentials in {origin}").format(origin=self.login.origin),
            )
        denied = "ValidatingAdmissionPolicy '" in message
        kind, hint = (Denied, "citynode policy list") if denied else (Missing if status == 404 else Refused, _hint(status))
        what = _("{server} refused {method} {path}").format(server=self.login.server, method=method, path=path)
        problem = kind(what, status=status, why=message or f"HTTP {status}", hint=hint)
        problem.facts["details"] = parsed.get("details") or {} if isinstance(parsed, dict) else {}
        raise problem

    def _unreachable(self, why: str) -> Unreachable:
        hint = "citynode lab status"
        if "certificate" in why.lower():
            hint = _("{origin} and this API server don't trust each other; get the kubeconfig anew").format(origin=self.login.origin)
        return Unreachable(_("the API server {server} can't be reached").format(server=self.login.server), why=why, hint=hint)


def _hint(status: int) -> str:
    if status == 403:
        return _("the login lacks the right; ask cloud duty for a role binding")
    return ""


_WHERE = re.compile(r"^(?:<[^>]*>|\w+\(host=[^)]*\)): ")
"""How urllib3 begins a message: with the connection that failed, which our own message names already."""


def _reason(failed: Exception) -> str:
    cause: BaseException = failed.reason if isinstance(failed, MaxRetryError) and failed.reason else failed
    return _WHERE.sub("", str(cause)) or type(cause).__name__


def _trust(login: Login) -> ssl.SSLContext:
    context = ssl.create_default_context(cadata=login.ca_pem or None)
    if not login.verify:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if login.certificate_pem:
        # The ssl module loads client certificates from files only: private ones, gone as soon as they are loaded.
        with tempfile.TemporaryDirectory() as folder:
            certificate, key = Path(folder, "crt"), Path(folder, "key")
            for path, text in ((certificate, login.certificate_pem), (key, login.key_pem)):
                path.touch(mode=0o600)
                path.write_text(text, encoding="ascii")
            context.load_cert_chain(certificate, key)
    return context
