"""A round of polling: every device has its outcome, and a bad one never hides the others."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from threading import Barrier, Thread
from threading import enumerate as threads
from typing import Any

import pytest

from monitoring import poller as poller_module
from monitoring import rounds as rounds_module
from monitoring.agent import Answer
from monitoring.errors import BadAnswer, LoginRefused, NoAnswer
from monitoring.ifmib import BOOTS, UPTIME
from monitoring.memory_agent import MemoryAsker
from monitoring.model import Round, Target
from monitoring.poll import poll_round
from monitoring.poller import Poller
from monitoring.rounds import poll_rounds
from ops.errors import UsageProblem

from .conftest import device, port, target


def polled(asker: MemoryAsker, *targets: Target) -> Round:
    return asyncio.run(poll_round(targets, asker, patience=0.1))


def test_a_round_reads_every_device_in_the_order_asked_for(memory: MemoryAsker) -> None:
    found = polled(memory, target("t2"), target("t1"))
    assert [outcome.device for outcome in found.outcomes] == ["t2", "t1"]
    assert [(item.name, item.index, item.is_up, item.in_octets) for item in found.readings["t1"].interfaces] == [
        ("eth0", 1, True, 1000),
        ("eth1", 2, False, 5000),
    ]
    assert [item.name for item in found.readings["t2"].interfaces] == ["eth0"]  # the loopback is no interface of the city
    data = found.as_data()
    assert (data["devices"], data["answered"], data["failed"], data["interfaces"]) == (2, 2, 0, 3)


def test_one_lost_datagram_is_asked_again_and_two_are_silence(memory: MemoryAsker) -> None:
    memory.devices["t1"].lost = 1
    assert polled(memory, target("t1")).failed == ()
    assert memory.asked == ["t1", "t1"]
    memory.devices["t1"].lost = 2
    (silent,) = polled(memory, target("t1"), target("t2")).failed
    assert isinstance(silent.problem, NoAnswer)
    assert str(silent.problem) == "t1 does not answer SNMP: no reply from 127.0.0.1:161 within 0.1 s"


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (target("t1", user="nobody"), "it knows no such user, or the authentication key is wrong"),
        (target("t1", auth="wrong-auth"), "it knows no such user, or the authentication key is wrong"),
        (target("t1", privacy="wrong-privacy"), "it names itself but stays silent to this login: the privacy key is wrong"),
    ],
    ids=["user", "auth", "privacy"],
)
def test_a_wrong_login_is_refused_at_once_and_hides_nobody(memory: MemoryAsker, asked: Target, why: str) -> None:
    found = polled(memory, asked, target("t2"))
    (refused,) = found.failed
    assert isinstance(refused.problem, LoginRefused)
    assert refused.problem.why == why
    assert memory.asked.count("t1") == 1  # a login that was refused is not tried again: agents lock out
    assert list(found.readings) == ["t2"]
    assert asked.auth not in repr(asked)
    assert asked.auth not in str(refused.as_data())


@pytest.mark.parametrize("scalars", [{UPTIME: "soon", BOOTS: 1}, {UPTIME: "", BOOTS: 1}])
def test_an_answer_without_sense_is_that_devices_problem_alone(memory: MemoryAsker, scalars: dict[str, Any]) -> None:
    memory.devices["t1"].scalars = scalars
    found = polled(memory, target("t1"), target("t2"))
    (broken,) = found.failed
    assert isinstance(broken.problem, BadAnswer)
    assert broken.problem.what == "t1 answers SNMP with something that is none"
    assert list(found.readings) == ["t2"]


def test_an_interface_that_vanishes_while_it_is_asked_for_is_left_out() -> None:
    whole, half = port("eth0", 5), port("eth1", 5)
    del half["out_octets"]
    found = polled(MemoryAsker({"t1": device(whole, half)}), target("t1"))
    assert [item.name for item in found.readings["t1"].interfaces] == ["eth0"]


def test_no_more_devices_are_asked_at_once_than_allowed() -> None:
    class Counting(MemoryAsker):
        now = most = 0

        async def ask(self, target: Target, scalars: Sequence[str], columns: Sequence[str], *, patience: float) -> Answer:
            self.now += 1
            self.most = max(self.most, self.now)
            await asyncio.sleep(0.01)
            self.now -= 1
            return await super().ask(target, scalars, columns, patience=patience)

    asker = Counting({f"t{number}": device() for number in range(12)})
    asyncio.run(poll_round([target(name) for name in asker.devices], asker, concurrency=3))
    assert asker.most == 3


def test_rounds_give_the_rates_between_them_also_over_a_round_that_was_missed(memory: MemoryAsker, monkeypatch: pytest.MonkeyPatch) -> None:
    async def made(_name: str = "") -> MemoryAsker:
        return memory

    def wait(_seconds: float) -> None:
        """Five seconds go by on the devices; t1 misses the second round."""
        for each in memory.devices.values():
            each.scalars[UPTIME] = int(each.scalars[UPTIME]) + 500
            for item in each.interfaces:
                item["in_octets"] = int(item["in_octets"]) + 625_000
        memory.devices["t1"].lost = 2 if memory.asked.count("t1") == 1 else 0

    monkeypatch.setattr(rounds_module, "make_asker_in_loop", made)
    monkeypatch.setattr(rounds_module, "sleep", wait)
    found = list(poll_rounds([target("t1"), target("t2")], interval=0.01, rounds=3))
    by_round = [{rate.device: (rate.in_mbit, rate.seconds) for rate in rates if rate.interface == "eth0"} for _round, rates in found]
    assert by_round == [{}, {"t2": (1, 5)}, {"t1": (1, 10), "t2": (1, 5)}]


def test_scrapes_that_wait_for_a_round_share_it(memory: MemoryAsker, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four scrapes at once, of a city whose round takes longer than a round stays fresh: the devices are asked once."""

    class Slow(MemoryAsker):
        async def ask(self, target: Target, scalars: Sequence[str], columns: Sequence[str], *, patience: float) -> Answer:
            await asyncio.sleep(0.8)
            return await super().ask(target, scalars, columns, patience=patience)

    slow, begin, found = Slow(memory.devices), Barrier(4), []

    async def made(_name: str = "") -> MemoryAsker:
        return slow

    monkeypatch.setattr(poller_module, "make_asker_in_loop", made)
    with Poller([target("t1")]) as poller:

        def scrape() -> None:
            begin.wait(10)
            found.append(poller.poll())

        scrapes = [Thread(target=scrape) for _number in range(4)]
        for each in scrapes:
            each.start()
        for each in scrapes:
            each.join(30)
    assert len(found) == 4
    assert all(each is found[0] for each in found)
    assert slow.asked == ["t1"]


def test_a_poller_that_cannot_begin_leaves_no_thread() -> None:
    with pytest.raises(UsageProblem) as unknown, Poller([], backend="pysnnp"):
        pytest.fail("there is no such backend")
    assert unknown.value.hint == "did you mean 'pysnmp'?"
    assert "poller" not in [thread.name for thread in threads()]
