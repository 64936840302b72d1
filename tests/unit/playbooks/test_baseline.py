"""The hosts' baseline as text: nft itself takes it, and what is asked for is in it."""

from __future__ import annotations

import subprocess
from pathlib import Path
from types import ModuleType

import pytest

from tests.unit.playbooks.loading import load


@pytest.fixture(scope="module")
def baseline() -> ModuleType:
    return load("baseline")


def test_every_section_has_its_file_and_says_which_requirement_it_answers(baseline: ModuleType) -> None:
    made = baseline.files(baseline.Settings(ntp=("10.16.1.21",)), baseline.SECTIONS)
    assert [file.section for file in made] == ["sshd", "chrony", "auditd", "nftables", "nftables", "node_exporter"]
    assert all("GB/T 22239-2019" in file.text for file in made[:4])
    assert "server 10.16.1.21 iburst\n" in made[1].text
    assert "PasswordAuthentication no\n" in made[0].text


def test_logins_are_for_operators_of_both_families_and_services_for_all(baseline: ModuleType, tmp_path: Path) -> None:
    settings = baseline.Settings(operators=("10.16.1.0/24", "2001:db8:7e04:100::/64"), monitors=("10.16.1.0/24",), ports=(8080, 443))
    file, boot = baseline.files(settings, ["nftables"])
    assert (file.late, boot.is_for_boot) == (True, True)
    assert f"ExecStart=/usr/sbin/nft -f {file.path}\n" in boot.text
    assert "    ip saddr { 10.16.1.0/24 } tcp dport 22 accept\n    ip6 saddr { 2001:db8:7e04:100::/64 } tcp dport 22 accept\n" in file.text
    assert "tcp dport { 443, 8080 } accept" in file.text
    assert "nd-neighbor-solicit" in file.text
    path = tmp_path / "rules.nft"
    path.write_text(file.text)
    checked = subprocess.run(["unshare", "--net", *file.validate, str(path)], capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stderr) == (0, "")


def test_a_gateway_hears_its_own_routers_alone(baseline: ModuleType) -> None:
    rules = baseline.files(baseline.Settings(neighbours=("172.16.2.5", "172.16.2.1")), ["nftables"])[0].text
    assert "    ip saddr { 172.16.2.1, 172.16.2.5 } meta l4proto ospf accept\n" in rules
    assert "ospf" not in baseline.files(baseline.Settings(), ["nftables"])[0].text


def test_a_network_that_is_none_is_refused(baseline: ModuleType) -> None:
    with pytest.raises(ValueError, match="does not appear to be an IPv4 or IPv6 network"):
        baseline.files(baseline.Settings(operators=("operators",)), ["nftables"])
