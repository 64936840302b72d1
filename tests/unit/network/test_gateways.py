"""Who answers for a gateway that two routers share: what FRR says of it, and what the check makes of that."""

from __future__ import annotations

from dataclasses import replace

import pytest

from city.load import load_city
from city.model import Dialect
from network import verify as verifying
from network.devices.fake import Faults
from network.errors import ChangeFailed
from network.gateways import answering, roles
from network.intent.bgp import Family
from network.intent.gateways import group_of, groups
from network.push.main import push
from network.rollout import Rollout, save_rollout
from network.verify import verify
from tests.unit.network.bench import Bench

AGG1, AGG2 = "haifeng-agg1", "haifeng-agg2"
SAID = """[
  {
    "vrid":1,
    "version":3,
    "interface":"lan0",
    "v4":{
      "interface":"lan0v4",
      "vmac":"00:00:5e:00:01:01",
      "primaryAddress":"10.34.0.2",
      "status":"Master",
      "effectivePriority":120
    },
    "v6":{
      "interface":"lan0v6",
      "status":"%s"
    }
  }
]
"""


def test_a_router_answers_in_each_family_apart() -> None:
    assert roles(SAID % "Master") == {("lan0", 1, Family.IPV4), ("lan0", 1, Family.IPV6)}
    assert roles((SAID % "Initialize").replace("\n", "\r\n")) == {("lan0", 1, Family.IPV4)}


@pytest.mark.parametrize("said", ["[\n]\n", "vrrpd is not running\n", "% [1] Unknown command\n", ""])
def test_a_router_that_shares_nothing_answers_for_nothing(said: str) -> None:
    assert roles(said) == frozenset()


@pytest.mark.parametrize(("state", "masters"), [("Master", f"{AGG1} {AGG2}"), ("Backup", "nobody")])
def test_a_gateway_with_two_masters_or_none_is_named(bench: Bench, monkeypatch: pytest.MonkeyPatch, state: str, masters: str) -> None:
    monkeypatch.setattr(verifying, "MEET_SECONDS", 0.0)
    push(bench.desk, bench.plan())
    assert verify(bench.desk, [AGG1]).as_data()["gateways"] == {"ipv4": {"wanted": 1, "answered": 1}, "ipv6": {"wanted": 0, "answered": 0}}
    for name in (AGG1, AGG2):
        bench.box(name).faults = Faults(gateway=state)
    found = verify(bench.desk, [AGG2])
    with pytest.raises(ChangeFailed) as failed:
        found.raise_on_error()
    assert failed.value.what == f"1 shared gateways aren't answered for by exactly one router: {AGG1}/{AGG2} 10.34.0.1 ({masters})"


def test_one_that_cannot_be_asked_answers_for_nothing_and_the_other_is_enough(bench: Bench) -> None:
    push(bench.desk, bench.plan())
    bench.box(AGG1).faults = Faults(unreachable=True)
    bench.box(AGG2).faults = Faults(gateway="Master")
    assert [(one.masters, one.is_ok) for one in answering(bench.desk, [AGG2])] == [((AGG2,), True)]
    bench.box(AGG2).faults = Faults(unreachable=True)
    assert answering(bench.desk, [AGG2]) == ()


def test_both_families_are_asked_for_where_both_are_carried_and_vendors_not_at_all(bench: Bench) -> None:
    save_rollout(bench.desk.folder, Rollout(frozenset({AGG1, AGG2})))
    assert [str(one.address) for one in answering(bench.desk, [AGG1, AGG2])] == ["10.34.0.1", "2001:db8:7e22::1"]
    mixed = tuple(router.model_copy(update={"dialect": Dialect.VRP8} if router.name == AGG2 else {}) for router in bench.city.routers)
    assert answering(replace(bench.desk, city=bench.city.model_copy(update={"routers": mixed})), [AGG1]) == ()


def test_a_network_s_own_router_comes_first() -> None:
    city = load_city("shanwei")
    assert [tuple(router.name for router in group) for group in groups(city)][:2] == [("chengqu-agg1", "chengqu-agg2"), (AGG1, AGG2)]
    assert len(groups(city)) == 7
    assert group_of(city, AGG2) == group_of(city, AGG1)
    assert group_of(city, "core1") == ()
