"""Judging packets: what passed that may not, what did not pass that has to, and who is asked what."""

from __future__ import annotations

import json
from collections.abc import Callable
from ipaddress import ip_address

import pytest

from network.cutover import prove
from network.cutover.errors import IsolationBroken, ServiceSilent
from network.cutover.plan import Cutover
from network.devices.shells import FakeShells

SITES = ("dc1", "dc2", "dc3", "province", "internet", "room-archives", "room-human-resources")


def world(cut: Cutover, lets: Callable[[str, str, int], bool]) -> FakeShells:
    """Hosts that answer as `lets` says: from where, whom, on which port."""
    names = {str(address): move.name for move in cut.hosts for address in (move.old.ip, move.new.ip, move.ipv6.ip)}

    def answer(host: str, program: str, arguments: tuple[str, ...]) -> str:
        assert program == "reach.py"
        asked = json.loads(arguments[0])
        return json.dumps(
            [
                {"address": address, "port": port, "answers": lets(host, address, port), "service": names.get(address, "")}
                for address, port in asked
            ]
        )

    return FakeShells(answer)


def everything(cut: Cutover) -> list[prove.Shot]:
    shots = [*prove.inside_shots(cut, old=False), *prove.user_shots(cut, cut.users)]
    shots += prove.user_shots(cut, cut.strangers, prove.STRANGER)
    return [*shots, *prove.across_shots(cut, prove.common_sites(cut, SITES))]


def is_allowed(cut: Cutover, host: str) -> bool:
    return host in {user.enclave.name for user in cut.users} | {move.name for move in cut.hosts}


def services(cut: Cutover) -> set[str]:
    return {str(address) for move in cut.hosts for address in (move.old.ip, move.new.ip, move.ipv6.ip)}


def test_a_sound_merger_is_right_in_both_families(finance: Cutover) -> None:
    shells = world(finance, lambda host, address, _port: is_allowed(finance, host) and address in services(finance))
    proof = prove.shoot(shells, everything(finance))
    proof.raise_on_wrong()
    data = proof.as_data()
    assert data["ok"]
    assert data["user"] == {"ipv4": {"asked": 2, "answered": 2}, "ipv6": {"asked": 2, "answered": 2}}
    assert data["stranger"] == {"ipv4": {"asked": 2, "answered": 0}, "ipv6": {"asked": 2, "answered": 0}}
    assert (data["across"]["ipv4"]["answered"], data["across"]["ipv6"]["answered"]) == (0, 0)
    assert min(data["across"]["ipv4"]["asked"], data["across"]["ipv6"]["asked"]) > 40


def test_one_packet_across_in_one_family_is_a_leak(finance: Cutover) -> None:
    """A host with a leg in both planes, seen over IPv6 alone."""
    leak = ("dc1", "2001:db8:7e05:100::a", 8080)

    def lets(host: str, address: str, port: int) -> bool:
        return (host, address, port) == leak or (is_allowed(finance, host) and address in services(finance))

    with pytest.raises(IsolationBroken) as refused:
        prove.shoot(world(finance, lets), everything(finance)).raise_on_wrong()
    assert refused.value.exit_code == 5
    assert refused.value.what == "1 packets passed that may not: dc1 -> 2001:db8:7e05:100::a (tcp 8080)"


def test_a_stranger_of_the_same_plane_is_a_leak_too(finance: Cutover) -> None:
    def lets(_host: str, address: str, _port: int) -> bool:
        return address in services(finance)

    with pytest.raises(IsolationBroken, match=r"dc2-isolated -> 10\.48\.1\.10"):
        prove.shoot(world(finance, lets), prove.user_shots(finance, finance.strangers, prove.STRANGER)).raise_on_wrong()


def test_silence_of_a_service_is_an_error_of_its_own(finance: Cutover) -> None:
    with pytest.raises(ServiceSilent) as refused:
        prove.shoot(world(finance, lambda *_asked: False), prove.user_shots(finance, finance.users)).raise_on_wrong()
    assert refused.value.exit_code == 1
    assert refused.value.what.startswith("4 questions had no answer: dc1-isolated -> 10.48.1.10 (tcp 8080), ")


def test_another_service_at_the_address_is_no_answer(finance: Cutover) -> None:
    """The extranet has hosts with the very addresses of the private network: who answers matters, not that somebody does."""
    shells = FakeShells(
        lambda _host, _program, arguments: json.dumps(
            [{"address": address, "port": port, "answers": True, "service": "somebody-else"} for address, port in json.loads(arguments[0])]
        )
    )
    proof = prove.shoot(shells, prove.inside_shots(finance, old=True))
    assert [shot.answered for shot in proof.shots] == [False, False]


def nameless(cut: Cutover, says: Callable[[str, str], bool]) -> FakeShells:
    """Every service answers; it says its name where `says` says so: to whom, at which address."""
    names = {str(address): move.name for move in cut.hosts for address in (move.old.ip, move.new.ip, move.ipv6.ip)}
    return FakeShells(
        lambda host, _program, arguments: json.dumps(
            [
                {"address": address, "port": port, "answers": True, "service": names[address] if says(host, address) else ""}
                for address, port in json.loads(arguments[0])
            ]
        )
    )


def test_services_that_say_no_name_answer_all_the_same(finance: Cutover) -> None:
    """A database, a shell, a plain page: where they answer is all that the city says of them."""
    prove.shoot(nameless(finance, lambda *_asked: False), prove.inside_shots(finance, old=True)).raise_on_wrong()


def test_service_that_said_its_name_to_one_has_to_say_it_to_all(finance: Cutover) -> None:
    """Whoever takes connections at 10.48.1.10 for one of the askers is not the one that the others hear."""
    shells = nameless(finance, lambda host, address: (host, address) != ("dc1-isolated", "10.48.1.10"))
    with pytest.raises(ServiceSilent) as refused:
        prove.shoot(shells, [*prove.inside_shots(finance, old=False), *prove.user_shots(finance, finance.users)]).raise_on_wrong()
    assert refused.value.what == "1 questions had no answer: dc1-isolated -> 10.48.1.10 (tcp 8080)"


def test_addresses_that_both_sides_have_are_no_targets_across(finance: Cutover) -> None:
    """10.16.1.1 is the gateway of dc1 and of the private offices: an answer to a private host would prove nothing."""
    asked = {shot.target for shot in everything(finance) if shot.kind == prove.ACROSS and shot.source.startswith("finance")}
    assert ip_address("10.16.1.1") not in asked
    assert ip_address("10.16.2.1") in asked


def test_common_places_are_of_every_kind(finance: Cutover) -> None:
    assert prove.common_sites(finance, SITES) == ("dc1", "dc2", "dc3", "room-archives", "province", "internet")
    assert prove.common_sites(finance, ("dc2",)) == ("dc2",)
