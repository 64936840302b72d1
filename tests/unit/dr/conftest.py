from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from city.model import Group, Text
from dr.database import Facts, Stream
from dr.observe import MemberView, Observed
from dr.patroni import parse_cluster
from dr.topology import Node, Topology


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
