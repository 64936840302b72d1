"""An edge's configuration as the city asks for it."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address

from city.load import load_city
from network.edges.config import edge_config, place_of

CITY = load_city("tiny")
EDGE = CITY.edges[0]


def test_every_system_has_a_server_in_both_families_and_other_names_are_refused() -> None:
    place = place_of(CITY, EDGE)
    conf = edge_config(CITY, EDGE, place).text
    assert conf.count(f"listen {place.ipv4.ip}:80;") == conf.count(f"listen [{place.ipv6.ip}]:80;") == 2
    assert "server_name archive.cdn.tiny.gov.example archive.cdn1.tiny.gov.example;" in conf
    assert "set $origin archive.tiny.gov.example;" in conf
    assert conf.count("default_server") == 2
    assert "return 421;" in conf


def test_a_persons_own_page_is_neither_kept_nor_taken_from_what_is_kept() -> None:
    conf = edge_config(CITY, EDGE, place_of(CITY, EDGE)).text
    own = "$http_authorization $http_cookie;"
    assert conf.count(f"proxy_no_cache {own}") == conf.count(f"proxy_cache_bypass {own}") == conf.count("proxy_cache pages;") == 2


def test_the_digest_stands_in_it_and_differs_with_everything_else() -> None:
    place = place_of(CITY, EDGE)
    one, same = edge_config(CITY, EDGE, place), edge_config(CITY, EDGE, place)
    other = edge_config(CITY, EDGE, replace(place, resolvers=(IPv4Address("192.0.2.53"),)))
    assert one == same
    assert f'add_header X-Edge-Config "{one.digest}" always;' in one.text
    assert one.digest != other.digest
