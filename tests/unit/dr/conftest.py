from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Any

import pytest

from city.model import Group, Text
from cli.main import main
from dr.database import Facts, Stream
from dr.observe import MemberView, Observed
from dr.patroni import parse_cluster
from dr.topology import Node, Topology
from ops.access import Access, Centre, SnmpV3, Ssh
from ops.reach import write_access


@pytest.fixture
def where() -> Topology:
    """A group on three centres; nobody is asked for anything."""
    group = Group(
        name="g1", title=Text(zh="一号", en="one"), systems=("portal",), centres=("dc1", "dc2"), remote="dc3", rto_seconds=60, rpo_seconds=0
    )
    nodes = tuple(Node(name, name != "dc3", f"http://{name}", "", "", f"host={name}", "") for name in ("dc1", "dc2", "dc3"))
    return Topology(group, nodes)


@pytest.fixture
def healthy() -> Observed:
    """The primary at dc1, dc2 synchronous, dc3 following."""
    body: dict[str, Any] = {
        "scope": "g1",
        "members": [{"name": "dc1", "role": "leader", "state": "running"}, {"name": "dc2", "role": "sync_standby", "state": "streaming"}],
    }
    cluster = parse_cluster(body)
    streams = (Stream("dc2", "streaming", "sync", 0, 0.0), Stream("dc3", "streaming", "async", 100, 0.1))
    primary = Facts(
        is_standby=False, timeline=3, synchronous_names="dc2", synchronous_commit="on", oldest_transaction_seconds=0.0,
        prepared_transactions=0, streams=streams,
    )  # fmt: skip
    standby = replace(primary, is_standby=True, streams=())
    views = (MemberView("dc1", cluster, primary), MemberView("dc2", cluster, standby), MemberView("dc3", cluster, standby))
    return Observed(views, {"ttl": 20, "synchronous_mode": True, "synchronous_mode_strict": True})


def led_by(seen: Observed, primary: str, standby: str) -> Observed:
    """The same group, led by the other city centre."""

    def turned(view: MemberView) -> MemberView:
        facts = view.facts
        if facts is None or view.centre not in (primary, standby):
            return view
        streams = (Stream(standby, "streaming", "sync", 0, 0.0), Stream("dc3", "streaming", "async", 100, 0.1))
        is_standby = view.centre == standby
        return replace(view, facts=replace(facts, is_standby=is_standby, streams=() if is_standby else streams))

    return replace(seen, members=tuple(map(turned, seen.members)))


@dataclass
class Console:
    """`citynode` on the tiny city, whose databases answer what `seen` says."""

    folder: Path
    seen: Observed
    run: Callable[..., int]
    left: tuple[str, ...] = ()
    """What drills left in the databases."""


@pytest.fixture
def console(healthy: Observed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Console:
    key, secret = tmp_path / "key", f"file:{tmp_path / 'secret'}"
    login = Ssh(user="ops", key=key, known_hosts=key)
    centres = {
        name: Centre(address=IPv4Address("127.0.0.1"), patroni=f"http://{name}", postgres=f"host={name}") for name in ("dc1", "dc2", "dc3")
    }
    access = Access(
        city="tiny", lab="t", management=IPv4Network("127.77.0.0/16"), ssh=login, probe=login, host_ssh=login,
        snmp=SnmpV3(user="u", auth=secret, privacy=secret), centres=centres, hosts={"province": IPv4Address("127.0.0.1")},
    )  # fmt: skip
    write_access(access, tmp_path / "access.yaml")
    monkeypatch.setenv("CITYNODE_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    monkeypatch.setenv("CITYNODE_ACCESS", str(tmp_path / "access.yaml"))
    here = Console(tmp_path / "state", healthy, lambda *words: main([*words, "--lang", "en"]))
    for module in ("dr.drill", "dr.scene", "dr.status"):
        monkeypatch.setattr(f"{module}.observe", lambda _where: here.seen)
    monkeypatch.setattr("dr.workspace.leftovers", lambda _node, _beginning: here.left)
    return here
