"""A drill is watched from where the users are, never from a centre that takes part."""

from __future__ import annotations

import pytest

from city.load import load_city
from dr.vantage import choose_vantage
from ops.access import Access
from ops.errors import UsageProblem

CITY = load_city("tiny")


def access(*hosts: str) -> Access:
    login = {"user": "x", "key": "x", "known_hosts": "x"}
    known = dict.fromkeys(hosts, "192.0.2.1")
    snmp = {"user": "x", "auth": "env:X", "privacy": "env:X"}
    return Access.model_validate({"city": "tiny", "management": "192.0.2.0/24", "ssh": login, "probe": login, "snmp": snmp, "hosts": known})


@pytest.mark.parametrize(
    ("hosts", "site"),
    [
        (("dc1", "room-archives", "province", "internet"), "province"),
        (("dc1", "internet", "room-archives"), "room-archives"),
        (("dc3", "internet"), "internet"),
    ],
)
def test_the_users_side_is_chosen(hosts: tuple[str, ...], site: str) -> None:
    assert choose_vantage(CITY, access(*hosts)) == site


def test_a_centre_is_no_place_to_watch_from() -> None:
    with pytest.raises(UsageProblem, match="no site outside the centres named 'dc3'"):
        choose_vantage(CITY, access("dc3", "province"), "dc3")
    with pytest.raises(UsageProblem, match="there is no site to watch from"):
        choose_vantage(CITY, access("dc1", "dc2"))


def test_a_typo_gets_the_nearest() -> None:
    with pytest.raises(UsageProblem) as refused:
        choose_vantage(CITY, access("province"), "provinse")
    assert "province" in refused.value.hint
