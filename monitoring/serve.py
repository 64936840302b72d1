"""The exporter: an HTTP server whose `/metrics` polls the city's routers and tells Prometheus what it saw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from monitoring.expose import RoundCollector
from monitoring.model import Target
from monitoring.poller import Poller
from monitoring.targets import Line
from ops.errors import UsageProblem
from ops.language import _

if TYPE_CHECKING:
    from collections.abc import Callable


def serve(
    targets: Sequence[Target],
    lines: Mapping[tuple[str, str], Line],
    *,
    address: str,
    port: int,
    backend: str = "",
    ready: Callable[[str], None],
) -> None:
    """Serve until Ctrl-C, which is its end and no failure; `ready` is told the URL when the server listens."""
    from prometheus_client import CollectorRegistry, start_http_server

    with Poller(targets, backend=backend) as poller:
        registry = CollectorRegistry(auto_describe=False)
        try:
            server, thread = start_http_server(port, addr=address, registry=registry)
        except OSError as refused:
            raise UsageProblem(
                _("can't listen on {address}:{port}").format(address=address, port=port),
                why=refused.strerror or str(refused),
                hint=_("another exporter may run there; choose another with --listen ADDRESS:PORT"),
            ) from refused
        registry.register(RoundCollector(poller.poll, lines))
        try:
            with suppress(KeyboardInterrupt):
                ready(f"http://{address}:{server.server_port}/metrics")
                thread.join()
        finally:
            server.shutdown()
            server.server_close()


def listening(text: str) -> tuple[str, int]:
    """Address and port of `ADDRESS:PORT`; a bare port means this machine only."""
    address, _colon, port = text.rpartition(":")
    if not port.isdecimal() or not 0 <= int(port) < 65536:
        raise UsageProblem(_("'{text}' is no ADDRESS:PORT").format(text=text), hint=_("for example 127.0.0.1:9436"))
    return address.strip("[]") or "127.0.0.1", int(port)
