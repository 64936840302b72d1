"""gufo, pysnmp and the agents in memory keep the same promises; a net-snmp agent runs on the loopback for the real two."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from monitoring.agent import REJECTED, UNREADABLE, Answer, Asker
from monitoring.askers import make_asker_in_loop
from monitoring.errors import LoginRefused, NoAnswer
from monitoring.ifmib import BOOTS, COLUMNS, SCALARS, UPTIME
from monitoring.memory_agent import MemoryAsker, MemoryDevice
from monitoring.model import Target
from monitoring.poll import poll_round
from tests.waiting import wait_until

SNMPD = Path("/usr/sbin/snmpd")
TARGET = Target("t1", IPv4Address("127.0.0.1"), 0, "citynode", "auth-pass-phrase", "privacy-pass-phrase")
YOUNGER = "citynode-sha256"
MODULES = "system_mib,snmpEngine,usmConf,vacm_conf,ifTable,ifXTable,usmUser,usmStats,vacm_vars"
PATIENCE = 1.5
NO_SUCH_COLUMN = "1.3.6.1.4.1.99999.1"


@dataclass
class World:
    """One implementation with an agent it can reach."""

    name: str
    target: Target
    memory: MemoryAsker | None = None

    async def asker(self) -> Asker:
        return self.memory or await make_asker_in_loop(self.name)

    def ask(self, target: Target | None = None, columns: Sequence[str] = tuple(COLUMNS.values())) -> Answer:
        """One question in an event loop of its own."""

        async def asked() -> Answer:
            asker = await self.asker()
            try:
                return await asker.ask(target or self.target, SCALARS, columns, patience=PATIENCE)
            finally:
                asker.close()

        return asyncio.run(asked())

    def nobody(self) -> Target:
        """A target where no agent is."""
        return replace(self.target, device="t9", port=_free_port()) if self.memory is None else replace(self.target, device="t9")


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture(scope="module")
def agent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """A net-snmp agent of this module's own, answering for this machine's interfaces."""
    if not SNMPD.exists():
        pytest.skip("snmpd is not installed")
    folder, port = tmp_path_factory.mktemp("snmpd"), _free_port()
    conf = folder / "agent.conf"
    conf.write_text(
        f"createUser {TARGET.user} SHA {TARGET.auth} AES {TARGET.privacy}\nrouser {TARGET.user} priv\n"
        f"createUser {YOUNGER} SHA-256 {TARGET.auth} AES {TARGET.privacy}\nrouser {YOUNGER} priv\n"
        f"agentAddress udp:127.0.0.1:{port}\n[snmp] persistentDir {folder}/state\n",
        encoding="utf-8",
    )
    argv = [str(SNMPD), "-f", "-LE", "3", "-C", "-c", str(conf), "-I", MODULES, "-p", str(folder / "pid")]
    with (folder / "log").open("wb") as log:
        running = subprocess.Popen(
            argv, stdout=log, stderr=log, env={"SNMP_PERSISTENT_DIR": str(folder / "state"), "PATH": "/usr/bin:/bin"}
        )
    found = replace(TARGET, port=port)
    try:
        _wait(running, found, folder / "log")
        yield found
    finally:
        running.terminate()
        running.wait(10)


def _wait(running: subprocess.Popen[bytes], target: Target, log: Path) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until and running.poll() is None:
        try:
            World("gufo", target).ask(columns=[])
        except (NoAnswer, LoginRefused):
            time.sleep(0.2)
        else:
            return
    pytest.fail(f"snmpd did not come up: {log.read_text(encoding='utf-8')}")


@pytest.fixture(params=["memory", "gufo", "pysnmp"])
def world(request: pytest.FixtureRequest) -> World:
    if request.param != "memory":
        return World(request.param, request.getfixturevalue("agent"))
    port = {"name": "lo", "in_octets": 10, "out_octets": 10, "in_packets": 1, "out_packets": 1, "speed_mbit": 10, "status": 1}
    rest = {"discontinuity": 0, "in_errors": 0, "out_errors": 0, "in_discards": 0, "out_discards": 0}
    device = MemoryDevice(TARGET.user, TARGET.auth, TARGET.privacy, {UPTIME: 500, BOOTS: 1}, [{**port, **rest}])
    return World("memory", TARGET, MemoryAsker({"t1": device}))


def test_scalars_and_every_column_come_back_by_number(world: World) -> None:
    answer = world.ask()
    assert set(answer.scalars) == {UPTIME, BOOTS}
    assert all(isinstance(value, int) and value > 0 for value in answer.scalars.values())
    assert set(answer.columns) == set(COLUMNS.values())
    names = answer.columns[COLUMNS["name"]]
    assert "lo" in names.values()
    octets = answer.columns[COLUMNS["in_octets"]]
    assert set(octets) == set(names)
    assert all(isinstance(value, int) for value in octets.values())


def test_a_column_that_the_agent_has_not_is_empty_and_hides_no_other(world: World) -> None:
    columns = [COLUMNS["name"]] if world.memory else [COLUMNS["name"], NO_SUCH_COLUMN, COLUMNS["in_octets"]]
    answer = world.ask(columns=columns)
    assert list(answer.columns) == columns
    assert answer.columns.get(NO_SUCH_COLUMN, {}) == {}
    assert "lo" in answer.columns[COLUMNS["name"]].values()


@pytest.mark.parametrize(
    ("wrong", "why"),
    [({"user": "nobody"}, REJECTED), ({"auth": "wrong-auth-phrase"}, REJECTED), ({"privacy": "wrong-privacy-phrase"}, UNREADABLE)],
    ids=["user", "auth", "privacy"],
)
def test_a_wrong_login_is_refused_with_the_reason(world: World, wrong: dict[str, str], why: str) -> None:
    with pytest.raises(LoginRefused) as refused:
        world.ask(replace(world.target, **wrong))
    assert (refused.value.what, refused.value.why) == ("t1 refuses the SNMP login", why)
    assert "snmp.privacy of the access file" in refused.value.hint


def test_silence_is_told_within_its_time(world: World) -> None:
    begun = time.monotonic()
    with pytest.raises(NoAnswer) as silent:
        world.ask(world.nobody())
    assert silent.value.what == "t9 does not answer SNMP"
    assert time.monotonic() - begun < 10 * PATIENCE


def test_a_wrong_login_does_not_spoil_the_right_one_beside_it(world: World) -> None:
    async def round_() -> list[bool]:
        asker = await world.asker()
        try:
            targets = [world.target, replace(world.target, user="nobody"), world.nobody(), world.target]
            found = await poll_round(targets, asker, patience=PATIENCE)
        finally:
            asker.close()
        return [outcome.reading is not None for outcome in found.outcomes]

    assert asyncio.run(round_()) == [True, False, False, True]


def test_the_two_real_ones_read_the_same(agent: Target) -> None:
    """The machine's own interfaces, of which a lab beside may change one between two readings: then both read again."""
    assert wait_until(lambda: differing(agent), lambda columns: columns == [], seconds=10) == []


def differing(agent: Target) -> list[str]:
    """The columns that the two read differently; of counters only whose they are."""
    gufo, pysnmp = World("gufo", agent).ask(), World("pysnmp", agent).ask()
    assert gufo.scalars[BOOTS] == pysnmp.scalars[BOOTS]
    same = ("name", "speed_mbit", "status", "discontinuity")
    found = [column for column in same if gufo.columns[COLUMNS[column]] != pysnmp.columns[COLUMNS[column]]]
    counted = [set(read.columns[COLUMNS["in_octets"]]) for read in (gufo, pysnmp)]
    return found if counted[0] == counted[1] else [*found, "in_octets"]


@pytest.mark.parametrize("name", ["gufo", "pysnmp"])
def test_an_account_is_read_with_the_hash_that_it_was_made_with_and_with_no_other(name: str, agent: Target) -> None:
    world = World(name, replace(agent, user=YOUNGER, authentication="SHA-256"))
    assert "lo" in world.ask().columns[COLUMNS["name"]].values()
    for other in (replace(world.target, authentication="SHA-1"), replace(agent, authentication="SHA-256")):
        with pytest.raises(LoginRefused):
            world.ask(other)
