"""The address plan: what is derived, that it is unique at full size, and that its fields end on nibbles."""

from __future__ import annotations

from ipaddress import ip_address, ip_interface, ip_network

import pytest

from city.addressing import addressing
from city.model import City
from ops.errors import UsageProblem


def test_a_towns_router(tiny: City) -> None:
    plan = addressing(tiny)
    assert plan.loopback("haifeng-t01").ipv4 == ip_address("10.0.2.11")
    assert plan.loopback("haifeng-t01").ipv6 == ip_address("2001:db8:7e20::a00:20b")
    first = plan.interfaces("haifeng-t01")[0]
    assert (first.interface, first.peer, first.peer_interface, first.rate_mbit) == ("ge1", "haifeng-agg1", "ge3", 100)
    assert first.ipv4 == ip_interface("172.16.0.30/30")
    assert first.ipv6 == ip_interface("2001:db8:7e21:7::1/127")
    lan = plan.lan("haifeng-t01")
    assert lan is not None
    assert (lan.ipv4, lan.ipv6) == (ip_interface("10.34.1.1/24"), ip_interface("2001:db8:7e22:100::1/64"))


def test_both_ends_of_a_link_face_each_other(shanwei: City) -> None:
    plan = addressing(shanwei)
    for link in shanwei.links:
        a = next(end for end in plan.interfaces(link.a.node) if end.link == link.name)
        b = next(end for end in plan.interfaces(link.b.node) if end.link == link.name)
        assert (a.ipv4.network, a.ipv6.network) == (b.ipv4.network, b.ipv6.network) == (link.ipv4, a.ipv6.network)
        assert (int(b.ipv4.ip) - int(a.ipv4.ip), int(b.ipv6.ip) - int(a.ipv6.ip)) == (1, 1)
        assert a.ipv6.network.prefixlen == 127


def test_a_centres_ranges_do_not_meet(shanwei: City) -> None:
    plan = addressing(shanwei)
    sixes = [net for site in shanwei.centres for net in (plan.pods(site.name)[1], plan.services(site.name)[1])]
    sixes += [lan.ipv6.network for site in shanwei.sites if (lan := plan.lan(site.name))]
    assert len(sixes) == 3 * 2 + len(shanwei.sites)
    assert not any(one.overlaps(other) for at, one in enumerate(sixes) for other in sixes[at + 1 :])
    assert {net.prefixlen % 4 for net in sixes} == {0}


def test_every_address_is_unique_and_inside_its_countys_prefix(shanwei: City) -> None:
    plan = addressing(shanwei)
    seen = [end.ipv6.ip for node in [*shanwei.router_by_name, *shanwei.site_by_name] for end in plan.interfaces(node)]
    seen += [plan.loopback(router.name).ipv6 for router in shanwei.routers]
    assert len(seen) == len(set(seen)) == 2 * 183 + 72
    county = plan.region_prefix("haifeng")
    assert county == ip_network("2001:db8:5a20::/44")
    for router in shanwei.routers:
        if router.name.startswith("haifeng-"):
            assert plan.loopback(router.name).ipv6 in county
            assert all(end.ipv6.ip in county for end in plan.interfaces(router.name))


def test_a_copy_has_addresses_of_its_own(tiny: City) -> None:
    """Indexes that were worked out for one city must not live on in its changed copy."""
    assert len(addressing(tiny).interfaces("pe1")) == 3
    smaller = tiny.model_copy(update={"links": tiny.links[:1]})
    assert len(addressing(smaller).interfaces("pe1")) == 1
    assert list(smaller.link_by_name) == ["pe1-core1"]


def test_unknown_names_are_told_with_the_nearest(tiny: City) -> None:
    with pytest.raises(UsageProblem, match="no router or site named 'cor1'") as refused:
        addressing(tiny).interfaces("cor1")
    assert refused.value.hint == "did you mean 'core1'?"
    with pytest.raises(UsageProblem, match="no centre named 'province'"):
        addressing(tiny).pods("province")
