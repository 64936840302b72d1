"""Local networks with two routers: what is wired, and where vrrpd runs."""

from __future__ import annotations

from city.model import City, Dialect
from lab.box import Box
from lab.frr.daemons import BGPD, VRRPD, daemons
from lab.frr.gateways import named_today, shares_gateway
from lab.wires.lan import DEVICES, segments


def test_every_pair_of_routers_has_a_switch_with_a_host(tiny: City, shanwei: City) -> None:
    (found,) = segments(tiny)
    assert (found.name, found.routers) == ("haifeng-agg1-lan", ("haifeng-agg1", "haifeng-agg2"))
    assert (str(found.host), found.gateway) == ("10.34.0.10/24", "10.34.0.1")
    assert len(segments(shanwei)) == 7


def test_a_segment_is_no_node_and_ends_with_the_lab(box: Box) -> None:
    """What ends a lab goes by the names of namespaces."""
    (found,) = segments(box.city)
    assert found.name not in box.nodes
    assert box.netns(found.name).startswith(f"{box.name}.")


def test_the_devices_have_the_addresses_of_the_group(tiny: City) -> None:
    assert DEVICES == {"lan0v4": "00:00:5e:00:01:01", "lan0v6": "00:00:5e:00:02:01"}  # RFC 5798, section 7.3


def test_vrrpd_runs_on_the_routers_of_a_pair_alone(box: Box) -> None:
    assert [name for name in box.nodes if VRRPD in daemons(box, name)] == ["haifeng-agg1", "haifeng-agg2"]
    assert not [name for name in box.nodes if {VRRPD, BGPD} <= set(daemons(box, name))]


def test_frr_knows_from_the_start_what_a_push_will_speak_of(tiny: City) -> None:
    assert named_today(tiny, "haifeng-agg1") == ("lan0v4", "lan0v6")
    assert named_today(tiny, "haifeng-agg2") == ("lan0", "lan0v4", "lan0v6")
    assert named_today(tiny, "haifeng-t01") == ()


def test_a_router_of_another_vendor_runs_no_vrrpd(tiny: City) -> None:
    vendors = tuple(router.model_copy(update={"dialect": Dialect.VRP8} if router.name == "haifeng-agg2" else {}) for router in tiny.routers)
    mixed = tiny.model_copy(update={"routers": vendors})
    assert (shares_gateway(mixed, "haifeng-agg1"), shares_gateway(mixed, "haifeng-agg2")) == (True, False)
