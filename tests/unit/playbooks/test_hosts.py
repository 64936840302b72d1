"""The inventory: every router and host at its management address, in groups that Ansible takes."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

import pytest

from ops.access import Access, SnmpV3, Ssh
from ops.errors import UsageProblem
from ops.reach import write_access
from playbooks.hosts import group_name, listing


@pytest.fixture(autouse=True)
def _own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings but those of the test."""
    for name in ("CITYNODE_ACCESS", "CITYNODE_CITY", "CITYNODE_LAB"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CITYNODE_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def access(tmp_path: Path) -> Path:
    """The access file of a tiny city with two hosts."""
    login = Ssh(user="netops", key=tmp_path / "key", known_hosts=tmp_path / "known_hosts", port=2222)
    path = tmp_path / "access.yaml"
    write_access(
        Access(
            city="tiny",
            management=IPv4Network("10.192.0.0/16"),
            ssh=login,
            probe=login,
            snmp=SnmpV3(user="u", auth="env:A", privacy="env:P"),
            hosts={"dc1": IPv4Address("10.192.234.197"), "province": IPv4Address("10.192.234.206")},
            host_ssh=login.model_copy(update={"user": "root"}),
        ),
        path,
    )
    return path


def test_routers_and_hosts_stand_at_their_management_addresses(access: Path, tmp_path: Path) -> None:
    hosts = {host.name: host.variables for host in listing({"access": str(access)}).hosts}
    assert len(hosts) == 9
    assert hosts["core1"] == {
        "ansible_host": "10.192.0.21",
        "ansible_port": 2222,
        "ansible_user": "netops",
        "ansible_ssh_private_key_file": str(tmp_path / "key"),
        "ansible_ssh_common_args": f"-o StrictHostKeyChecking=yes -o UserKnownHostsFile={tmp_path / 'known_hosts'} -o IdentitiesOnly=yes",
        "citynode_city": "tiny",
        "citynode_access": str(access),
        "citynode_role": "core",
        "citynode_place": "tiny",
    }
    assert (hosts["dc1"]["ansible_host"], hosts["dc1"]["ansible_user"]) == ("10.192.234.197", "root")
    assert hosts["dc1"]["citynode_operators"].split(",")[-1] == "10.192.0.0/16"  # by which this play comes
    assert (hosts["dc1"]["citynode_ports"], hosts["dc1"]["citynode_neighbours"]) == ("80,8080", "172.16.1.1,172.16.1.5")


def test_groups_are_by_kind_role_and_place_and_none_is_called_like_a_host(access: Path) -> None:
    found = listing({"access": str(access)})
    assert found.groups["cores"] == ("core1", "core2")
    assert found.groups["place_haifeng"] == ("haifeng-agg1", "haifeng-agg2", "haifeng-t01", "haifeng-t02")
    assert found.groups["place_haifeng_t01"] == ("haifeng-t01",)
    assert (found.groups["sites"], found.groups["centres"]) == (("dc1", "province"), ("dc1",))
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", group) for group in found.groups)
    assert not set(found.groups) & {host.name for host in found.hosts}


def test_without_an_access_file_the_city_is_listed_without_addresses() -> None:
    found = listing({"city": "tiny"})
    assert len(found.hosts) == 7
    assert all("ansible_host" not in host.variables for host in found.hosts)
    assert "sites" not in found.groups


def test_one_citys_plays_are_refused_on_another_citys_routers(access: Path) -> None:
    with pytest.raises(UsageProblem, match="is for the city tiny, not shanwei"):
        listing({"access": str(access), "city": "shanwei"})


def test_a_group_name_has_no_hyphen() -> None:
    assert group_name("place", "haifeng-t01") == "place_haifeng_t01"
