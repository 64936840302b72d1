"""What outlasts a restart: the files that hosts and borders get, written whole by a real shell, and read at a start of the lab's node."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from city.model import City
from lab.private import boot
from lab.private.etc import interfaces
from lab.private.layout import Layout
from network.cutover import hosts, lasting
from network.cutover.discover import FLEETING, fleeting
from network.cutover.plan import Cutover, HostMove, plan_cutover
from network.devices.shells import FakeShells
from tests.goldens import agrees
from tests.unit.network.cutover.conftest import CASES


def shell(lines: str) -> None:
    subprocess.run(["sh", "-ec", lines], check=True, timeout=20)


def start(city: City, host: str, card: str, extra: str) -> list[str]:
    """The commands with which a host starts that has this file beside its own."""
    member = next(member for member in Layout(city).members if member.name == host)
    sourced = {lasting.INTERFACES: extra.replace(lasting.CARD, card)}
    return [line for stanza in boot.read(interfaces(member, card), sourced) for line in boot.commands(stanza)]


@pytest.mark.parametrize(("name", "network"), [("tiny", "finance"), ("shanwei", "human-resources")])
def test_hosts_files_at_every_stage_and_what_a_start_makes_of_them(name: str, network: str, request: pytest.FixtureRequest) -> None:
    city: City = request.getfixturevalue(name)
    told: list[str] = []
    for move in plan_cutover(city, network).hosts:
        stages = {"alone": "", "dual": lasting.dual(move)}
        stages |= {"switched": lasting.switched(move), "retired": lasting.retired(move)} if move.is_renumbered else {}
        for stage, text in stages.items():
            told += [f"== {move.name}, {stage}", *text.splitlines(), "-- its start", *start(city, move.name, "eth0", text), ""]
    agrees(CASES / "good" / f"{name}-{network}.interfaces", "\n".join(told))


def test_file_is_written_whole_and_taken_away_without_a_trace(tmp_path: Path, finance: Cutover) -> None:
    path = tmp_path / "interfaces.d" / "citynode-cutover"
    move = next(move for move in finance.hosts if move.is_renumbered)
    for text in (lasting.dual(move), lasting.switched(move)):
        shell(f"card=ens3\n{lasting.kept(str(path), text)}")
        assert path.read_text(encoding="utf-8") == text.replace("$card", "ens3") + "\n"
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]
    (path.parent / f".{path.name}.new").write_text("half a li", encoding="utf-8")  # a power cut while it was written
    assert [entry.name for entry in path.parent.glob("[!.]*")] == [path.name]
    for _time in range(2):
        shell(lasting.forgotten(str(path)))
        assert list(path.parent.iterdir()) == []
    shell(lasting.forgotten(str(tmp_path / "never" / "was")))


def test_rules_are_written_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "rules.nft"
    shell(lasting.kept(str(path), 'iifname "$card" `true`\n', literal=True))
    assert path.read_text(encoding="utf-8") == 'iifname "$card" `true`\n'


def test_file_leads_the_running_system(finance: Cutover) -> None:
    """A power cut in the middle ends in a state from which the same command goes on."""

    def order(lines: str, file: str, live: str) -> bool:
        return lines.index(file) < lines.index(live)

    move = next(move for move in finance.hosts if move.is_renumbered)
    assert order(hosts.dual(move), f"mv /etc/network/interfaces.d/.citynode-cutover.new {lasting.INTERFACES}", "ip -6 address replace")
    assert order(hosts.switch(move), f"\nsync {lasting.INTERFACES.rpartition('/')[0]}\n", "\nip route replace default")
    assert order(hosts.retire(move), "post-up ip address del 10.16.1.20/24", "|| ip address del")
    assert order(hosts.back(move), f"rm -f {lasting.INTERFACES}", "ip address replace 10.16.1.20/24")


@pytest.mark.parametrize(
    ("file", "check", "keeps"),
    [
        ("source /etc/network/interfaces.d/*", lasting.HOST_KEEPS, True),
        ("  source-directory interfaces.d", lasting.HOST_KEEPS, True),
        ("# source /etc/network/interfaces.d/*", lasting.HOST_KEEPS, False),
        ('flush ruleset\ninclude "/etc/nftables.d/*.nft"', lasting.BORDER_KEEPS, True),
        ("flush ruleset", lasting.BORDER_KEEPS, False),
    ],
)
def test_who_reads_the_files_is_known(file: str, check: str, keeps: bool, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text(f"auto lo\n{file}\n", encoding="utf-8")
    here = check.rpartition(" ")[0] + f" {path}"
    assert (subprocess.run(["sh", "-c", here], check=False).returncode == 0) is keeps


def test_host_that_would_lose_the_cutover_stops_it(finance: Cutover) -> None:
    shells = FakeShells(lambda host, _script, _arguments: FLEETING if host in ("finance-gw", "finance-treasury") else "")
    assert [(each.place, each.text, each.blocks) for each in fleeting(shells, finance)] == [
        ("finance-gw", "/etc/nftables.conf does not include /etc/nftables.d/*.nft: the next restart would lose the cutover", True),
        (
            "finance-treasury",
            "/etc/network/interfaces does not source /etc/network/interfaces.d/*: the next restart would lose the cutover",
            True,
        ),
    ]


@pytest.mark.parametrize("line", ["iface eth0 inet dhcp", "mapping eth0", "address 10.0.0.1/24", "iface eth0 inet static\n  mtu 9000"])
def test_start_refuses_what_it_does_not_know(line: str) -> None:
    with pytest.raises(ValueError, match=line.splitlines()[-1].strip()):
        boot.read(line, {})


def test_host_without_a_move_has_nothing_to_keep(finance: Cutover) -> None:
    translated: HostMove = next(move for move in finance.hosts if not move.is_renumbered)
    assert (hosts.switch(translated), hosts.retire(translated)) == (hosts.NOTHING, hosts.NOTHING)
    assert str(translated.new) not in lasting.dual(translated)
