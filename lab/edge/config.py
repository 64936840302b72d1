"""An edge's nginx configuration as text: pure.

The edge asks the city's name servers where a system is, each time anew, so that it follows a move by itself. While a system does
not answer, what is kept is served on: readers see an old page rather than none (nginx's `proxy_cache_use_stale`).
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Interface, IPv6Interface
from pathlib import Path

from city.edge import Edge
from city.model import City, System
from network.edge import LABEL

MARK = "X-Cache"
"""The response header that says whether a page was kept: MISS, HIT, EXPIRED, STALE."""


def nginx_conf(city: City, edge: Edge, *, folder: Path, ipv4: IPv4Interface, ipv6: IPv6Interface, resolvers: Iterable[IPv4Address]) -> str:
    """The whole of nginx.conf: one virtual host a system, both families, one cache."""
    servers = "".join(_server(city, edge, city.system_by_name[name], (ipv4, ipv6)) for name in edge.systems)
    temporary = "".join(f"    {kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    return (
        "daemon off;\nmaster_process on;\nworker_processes 1;\nuser root;\n"
        f"pid {folder}/pid;\nerror_log stderr warn;\nevents {{ worker_connections 512; }}\n"
        "http {\n    access_log off;\n    server_tokens off;\n"
        f"{temporary}"
        f"    proxy_cache_path {folder}/cache levels=1:2 keys_zone=pages:1m max_size=64m inactive=1d use_temp_path=off;\n"
        f"    resolver {' '.join(map(str, resolvers))} valid=5s ipv6=off;\n"
        f"{_refusal(edge, (ipv4, ipv6))}{servers}}}\n"
    )


def _server(city: City, edge: Edge, system: System, listen: tuple[IPv4Interface, IPv6Interface]) -> str:
    name = f"{system.name}.{city.address_plan.domain}"
    kept = f"{system.name}.{LABEL}.{city.address_plan.domain} {system.name}.{edge.name}.{city.address_plan.domain}"
    port = system.workload.port if system.workload else system.probe.port
    lines = [
        *_listen(edge, listen),
        f"server_name {kept};",
        f"set $origin {name};",
        "location / {",
        "    limit_except GET { deny all; }",
        f"    proxy_pass http://$origin:{port};",
        f"    proxy_set_header Host {name};",
        "    proxy_connect_timeout 2s;",
        "    proxy_read_timeout 10s;",
        "    proxy_cache pages;",
        f"    proxy_cache_valid 200 {edge.keep_seconds}s;",
        "    proxy_cache_use_stale error timeout http_500 http_502 http_503 http_504 updating;",
        "    proxy_cache_lock on;",
        f"    add_header {MARK} $upstream_cache_status always;",
        "}",
    ]
    return _block(lines)


def _refusal(edge: Edge, listen: tuple[IPv4Interface, IPv6Interface]) -> str:
    """Whoever asks for another name gets nothing: the edge is no open relay."""
    return _block([*_listen(edge, listen, mark=" default_server"), "server_name _;", "return 421;"])


def _listen(edge: Edge, listen: tuple[IPv4Interface, IPv6Interface], mark: str = "") -> list[str]:
    ipv4, ipv6 = listen
    return [f"listen {ipv4.ip}:{edge.port}{mark};", f"listen [{ipv6.ip}]:{edge.port}{mark};"]


def _block(lines: Iterable[str]) -> str:
    return "    server {\n" + "".join(f"        {line}\n" for line in lines) + "    }\n"
