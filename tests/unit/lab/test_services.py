"""The servers of time, syslog and traps: where they stand, what they read, and when they are said to serve."""

from __future__ import annotations

import socket
from ipaddress import ip_address, ip_interface
from pathlib import Path

import pytest

from lab import preflight
from lab.box import Box
from lab.errors import MissingPackages
from lab.logins.snmpd import agent_config, engine_id
from lab.services import programs
from lab.services.ask import is_time, listening
from lab.services.config import chrony_text, rsyslog_text, snmptrapd_text
from lab.services.servers import Standing, standing

CLOCK = Standing("ntp", "dc1", 21, ip_interface("10.16.1.21/24"), ip_interface("2001:db8::15/64"))  # type: ignore[arg-type]
HEARER = Standing("syslog", "dc1", 22, ip_interface("10.16.1.22/24"), ip_interface("2001:db8::16/64"))  # type: ignore[arg-type]


def test_servers_stand_where_the_citys_data_say_in_both_families(box: Box) -> None:
    found = standing(box)
    assert [server.name for server in found] == ["ntp-21@dc1", "ntp-21@dc2", "syslog-22@dc1", "syslog-22@dc2", "traps-23@dc3"]
    for server in found:
        lan = box.city.site_by_name[server.site].lan
        assert server.ipv4.network == lan
        assert int(server.ipv4.ip) - int(lan.network_address) == server.host
        assert server.ipv6.network.prefixlen == 64
        assert int(server.ipv6.ip) & 0xFFFF == server.host


def test_a_server_whose_site_isnt_built_is_left_out(box: Box) -> None:
    box.spec = box.spec.model_copy(update={"sites": ("dc2",)})
    assert [server.name for server in standing(box)] == ["ntp-21@dc2", "syslog-22@dc2"]


def test_a_clock_hears_on_its_own_addresses_and_takes_no_commands() -> None:
    assert chrony_text(CLOCK, Path("/lab/ntp.pid")).splitlines() == [
        "bindaddress 10.16.1.21",
        "bindaddress 2001:db8::15",
        "allow",
        "local stratum 8",
        "cmdport 0",
        "bindcmdaddress /",
        "pidfile /lab/ntp.pid",
        "noclientlog",
    ]


def test_messages_go_to_one_file_at_once_and_nobody_is_asked_for_names() -> None:
    text = rsyslog_text(HEARER, Path("/lab/routers.log"), Path("/lab"))
    assert 'input(type="imudp" address="10.16.1.22" port="514" ruleset="routers")' in text
    assert 'input(type="imudp" address="2001:db8::16" port="514" ruleset="routers")' in text
    assert 'file="/lab/routers.log"' in text
    assert 'flushOnTXEnd="on"' in text
    assert 'net.enableDNS="off"' in text
    assert "imuxsock" not in text
    assert "imklog" not in text
    assert r'%msg:::drop-cc%\n"' in text  # rsyslog reads the two characters


def test_traps_are_taken_of_known_engines_alone_and_only_encrypted() -> None:
    lines = snmptrapd_text(["0x80001f88010ac00015", "0x80001f88010ac00016"], "aa", "bb").splitlines()
    assert lines[:3] == [
        "createUser -e 0x80001f88010ac00015 citynode-nms SHA aa AES bb",
        "createUser -e 0x80001f88010ac00016 citynode-nms SHA aa AES bb",
        "authUser log citynode-nms priv",
    ]
    assert not any(line.startswith(("authCommunity", "disableAuthorization")) for line in lines)


def test_an_agents_engine_is_named_by_its_management_address(box: Box) -> None:
    address = box.management_address("core1")
    assert engine_id(box, "core1") == f"0x80001f8801{address.packed.hex()}"
    lines = agent_config(box, "core1", "a", "b").splitlines()
    assert {f"exactEngineID {engine_id(box, 'core1')}", f"oldEngineID {engine_id(box, 'core1')}"} <= set(lines)
    assert len({engine_id(box, router.name) for router in box.city.routers}) == len(box.city.routers)


def test_an_agent_is_given_keys_instead_of_passphrases(box: Box) -> None:
    key = "0x9fb5cc0381497b3793528939ff788d5d79145211"  # RFC 3414, A.3.2
    assert f"createUser citynode SHA -m {key} AES -m {key}" in agent_config(box, "core1", "maplesyrup", "maplesyrup").splitlines()


@pytest.mark.parametrize(
    ("answer", "good"),
    [
        (bytes([0x24, 8]) + bytes(46), True),
        (bytes([0x24, 8]) + bytes(20), False),  # cut short
        (bytes([0xE4, 8]) + bytes(46), False),  # its clock isn't set
        (bytes([0x24, 0]) + bytes(46), False),  # it asks to be left alone
        (bytes([0x24, 16]) + bytes(46), False),  # it follows nobody
        (bytes([0x23, 8]) + bytes(46), False),  # a client
    ],
)
def test_only_a_server_that_knows_the_time_is_believed(answer: bytes, good: bool) -> None:
    assert is_time(answer) is good


@pytest.mark.parametrize(("family", "address", "table"), [(socket.AF_INET, "127.0.0.1", "udp"), (socket.AF_INET6, "::1", "udp6")])
def test_the_kernels_table_names_who_listens(family: socket.AddressFamily, address: str, table: str) -> None:
    with socket.socket(family, socket.SOCK_DGRAM) as hearer:
        hearer.bind((address, 0))
        port = hearer.getsockname()[1]
        assert (str(ip_address(address)), port) in listening(Path(f"/proc/thread-self/net/{table}").read_text())
    assert listening("  sl  local_address rem_address\n") == frozenset()


def test_an_unpacked_program_is_looked_for_on_the_machine_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITYNODE_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("SUDO_USER", raising=False)
    unpacked = tmp_path / "cache/debian/chrony/usr/sbin/chronyd"
    assert preflight.places("chrony", "usr/sbin/chronyd") == (Path("/usr/sbin/chronyd"), unpacked)
    assert preflight.places("snmpd", "/usr/sbin/snmpd") == (Path("/usr/sbin/snmpd"),)
    monkeypatch.setenv("SUDO_USER", "root")
    assert len(preflight.places("chrony", "usr/sbin/chronyd")) == 3
    monkeypatch.setattr(programs, "places", lambda *_names: (tmp_path / "nowhere", unpacked))
    with pytest.raises(MissingPackages, match="chronyd isn't there") as absent:
        programs.chronyd()
    assert absent.value.hint == "make prepare"
    unpacked.parent.mkdir(parents=True)
    unpacked.touch()
    assert programs.chronyd() == str(unpacked)


def test_what_cant_be_installed_is_to_be_prepared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setenv("CITYNODE_CACHE", str(tmp_path / "cache"))
    listed = tmp_path / "packages.txt"
    listed.write_text("never-there nowhere/program services\n")
    monkeypatch.setattr(preflight, "PACKAGES", listed)
    with pytest.raises(MissingPackages, match="1 Debian packages are missing: never-there") as absent:
        preflight.check_machine(["services"], tmp_path)
    assert absent.value.hint == "make prepare"
