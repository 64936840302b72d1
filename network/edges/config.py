"""A content edge's nginx configuration as text, from the city alone: pure.

The edge asks the city's name servers where a system is, each time anew, so that it follows a move by itself. While a system does
not answer, what is kept is served on: readers see an old page rather than none (nginx's `proxy_cache_use_stale`).
Whoever asks for a name that the edge doesn't have is told by which configuration it runs: `DIGEST`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv6Interface
from pathlib import PurePosixPath

from city.addressing import addressing
from city.edge import Edge
from city.model import City, System
from network.edges.address import LABEL
from ops.errors import UsageProblem
from ops.language import _

MARK = "X-Cache"
"""The response header that says whether a page was kept: MISS, HIT, EXPIRED, STALE."""
DIGEST = "X-Edge-Config"
"""The header of refusals that names the configuration: what runs can so be told from what only lies in the file."""
PERSONAL = "$http_authorization $http_cookie"
"""A request that has one of these is a person's own: its page is neither kept nor taken from what is kept."""
FILE = "nginx.conf"
HOME = PurePosixPath("/srv/edge")
"""Where a host keeps its edges: one folder each, of configuration, cache, log and pid."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an edge stands and whom it asks for names."""

    folder: PurePosixPath
    ipv4: IPv4Interface
    ipv6: IPv6Interface
    resolvers: tuple[IPv4Address, ...]


@dataclass(frozen=True, slots=True)
class EdgeConfig:
    """An edge's whole configuration and its digest, which stands in it."""

    text: str
    digest: str


def place_of(city: City, edge: Edge) -> Place:
    """The edge's place on its site's host; UsageProblem where the site has no local network."""
    plan = addressing(city)
    lan = plan.lan(edge.site)
    if lan is None:
        raise UsageProblem(_("the site '{name}' has no LAN").format(name=edge.site), hint=_("give the site a `lan`"))
    return Place(HOME / edge.name, lan.ipv4, lan.ipv6, tuple(lan.ipv4.ip for _site, lan in plan.name_servers()))


def edge_config(city: City, edge: Edge, place: Place) -> EdgeConfig:
    """The whole of nginx.conf: one virtual host a system, both families, one cache. Who starts nginx says whether it is a daemon."""
    digest = hashlib.sha256(_text(city, edge, place, "").encode()).hexdigest()[:16]
    return EdgeConfig(_text(city, edge, place, digest), digest)


def _text(city: City, edge: Edge, place: Place, digest: str) -> str:
    servers = "".join(_server(city, edge, city.system_by_name[name], place) for name in edge.systems)
    folder = place.folder
    temporary = "".join(f"    {kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    return (
        f"worker_processes auto;\npid {folder}/pid;\nerror_log {folder}/error.log warn;\nevents {{ worker_connections 512; }}\n"
        "http {\n    access_log off;\n    server_tokens off;\n"
        f"{temporary}"
        f"    proxy_cache_path {folder}/cache levels=1:2 keys_zone=pages:1m max_size=64m inactive=1d use_temp_path=off;\n"
        f"    resolver {' '.join(map(str, place.resolvers))} valid=5s ipv6=off;\n"
        f"{_refusal(edge, place, digest)}{servers}}}\n"
    )


def _server(city: City, edge: Edge, system: System, place: Place) -> str:
    name = f"{system.name}.{city.address_plan.domain}"
    kept = f"{system.name}.{LABEL}.{city.address_plan.domain} {system.name}.{edge.name}.{city.address_plan.domain}"
    port = system.workload.port if system.workload else system.probe.port
    lines = [
        *_listen(edge, place),
        f"server_name {kept};",
        f"set $origin {name};",
        "location / {",
        "    limit_except GET { deny all; }",
        f"    proxy_pass http://$origin:{port};",
        f"    proxy_set_header Host {name};",
        "    proxy_connect_timeout 2s;",
        "    proxy_read_timeout 10s;",
        "    proxy_cache pages;",
        f"    proxy_no_cache {PERSONAL};",
        f"    proxy_cache_bypass {PERSONAL};",
        f"    proxy_cache_valid 200 {edge.keep_seconds}s;",
        "    proxy_cache_use_stale error timeout http_500 http_502 http_503 http_504 updating;",
        "    proxy_cache_lock on;",
        f"    add_header {MARK} $upstream_cache_status always;",
        "}",
    ]
    return _block(lines)


def _refusal(edge: Edge, place: Place, digest: str) -> str:
    """Whoever asks for another name gets nothing: the edge is no open relay."""
    named = f'add_header {DIGEST} "{digest}" always;'
    return _block([*_listen(edge, place, mark=" default_server"), "server_name _;", named, "return 421;"])


def _listen(edge: Edge, place: Place, mark: str = "") -> list[str]:
    return [f"listen {place.ipv4.ip}:{edge.port}{mark};", f"listen [{place.ipv6.ip}]:{edge.port}{mark};"]


def _block(lines: Iterable[str]) -> str:
    return "    server {\n" + "".join(f"        {line}\n" for line in lines) + "    }\n"
