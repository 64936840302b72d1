"""Record sets through Ansible's door, on a name server in memory: changed once, by value and by lifetime."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from network.dns.server import MemoryNames
from ops.settings import load_settings
from playbooks import names
from playbooks.door import Surroundings
from tests.unit.network.bench import Bench

ZONE = "tiny.gov.example"


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MemoryNames:
    """The name server that the door finds."""
    bench, server = Bench(tmp_path), MemoryNames({ZONE})
    monkeypatch.setenv("CITYNODE_STATE", str(tmp_path))
    monkeypatch.setattr(names, "surroundings", lambda _given: Surroundings(load_settings({}), bench.city, None))
    monkeypatch.setattr(names, "_server", lambda _here: server)
    monkeypatch.setattr(names, "control_of", lambda _here, _command: bench.desk.control)
    return server


def brought(*values: str, kind: str = "TXT", ttl: int = 300) -> dict[str, Any]:
    """What a task with one record set says."""
    return names.dns_records({}, [{"zone": ZONE, "name": f"www.{ZONE}", "kind": kind, "values": list(values), "ttl": ttl}], check=False)


def test_a_set_is_changed_once_however_its_values_are_written(server: MemoryNames) -> None:
    for kind, value in (("TXT", "kept by hand"), ("AAAA", "2001:DB8::1"), ("CNAME", "service-portal")):
        assert [brought(value, kind=kind)["changed"] for _time in range(2)] == [True, False]
    assert server.sets[f"www.{ZONE}", "CNAME"] == (f"service-portal.{ZONE}.",)


def test_a_lifetime_is_changed_and_shown(server: MemoryNames) -> None:
    brought("2001:db8::1", kind="AAAA")
    found = brought("2001:db8::1", kind="AAAA", ttl=60)
    assert found == {
        "changed": True, "sets": 1, "before": f"www.{ZONE} AAAA 300 2001:db8::1\n", "after": f"www.{ZONE} AAAA 60 2001:db8::1\n",
    }  # fmt: skip
    assert server.lifetime(f"www.{ZONE}", "AAAA") == 60
    assert not brought("2001:db8::1", kind="AAAA", ttl=60)["changed"]
