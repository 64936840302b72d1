"""With a centre dark the others come up: what runs in it is started too, and nobody waits for an answer from it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lab.backup import part as backup
from lab.backup.store import Store
from lab.box import Box
from lab.dns import part as dns
from lab.fault import Fault
from lab.metrics import part as metrics
from lab.quorum import client
from lab.quorum import part as quorum
from lab.quorum.client import Standby
from lab.quorum.layout import Member
from ops.errors import TimedOut
from ops.progress import Silent

CENTRES = ("dc1", "dc2", "dc3")
RUNNING = {"state": "running", "timeline": 1}


@pytest.fixture
def dark(faulty: Callable[..., Box], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Box]:
    """The box with these centres dark; starting a program there does nothing."""
    monkeypatch.setattr(Box, "spawn", lambda *_words, **_more: 1)

    def make(*centres: str) -> Box:
        return faulty(*(Fault(kind="centre", name=centre) for centre in centres))

    return make


class Asked:
    """Stands for the members: who was started, who was asked; those in no dark centre answer, the first of them as the primary."""

    def __init__(self, lit: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
        self.started: list[str] = []
        self.asked: set[str] = set()
        standbys = [Standby(name, "streaming", "sync", 0) for name in lit[1:]]

        def ask(member: Member) -> bool:
            self.asked.add(member.centre)
            return member.centre in lit

        def state(member: Member) -> dict[str, object] | None:
            return {**RUNNING, "role": "primary" if member.centre == lit[0] else "replica"} if ask(member) else None

        monkeypatch.setattr(client, "is_dcs_healthy", ask)
        monkeypatch.setattr(client, "patroni_state", state)
        monkeypatch.setattr(client, "standbys", lambda *_words: standbys)
        monkeypatch.setattr(quorum, "_start", lambda _box, _layout, member, _words: self.started.append(member.centre))
        monkeypatch.setattr(quorum, "_require_programs", lambda: None)
        monkeypatch.setattr(quorum, "PATIENCE", 0.0)


@pytest.mark.parametrize("gone", [(), ("dc1",), ("dc2",), ("dc3",), ("dc1", "dc2"), ("dc2", "dc3"), CENTRES], ids=" ".join)
def test_the_quorum_is_settled_when_those_are_who_can_be_asked(
    gone: tuple[str, ...], dark: Callable[..., Box], monkeypatch: pytest.MonkeyPatch
) -> None:
    lit = tuple(centre for centre in CENTRES if centre not in gone)
    members = Asked(lit, monkeypatch)
    quorum.Quorum().up(dark(*gone), Silent())
    assert set(members.started) == {*CENTRES}
    assert members.asked == ({*lit} if len(lit) > 1 else set())  # one of three agrees with nobody


def test_a_quorum_that_is_all_lit_still_waits_for_everyone(dark: Callable[..., Box], monkeypatch: pytest.MonkeyPatch) -> None:
    Asked(("dc1", "dc3"), monkeypatch)
    with pytest.raises(TimedOut, match="the etcd quorum"):
        quorum.Quorum().up(dark(), Silent())


@pytest.mark.parametrize(
    ("gone", "waited"),
    [
        ((), [("dc1", "dc1"), ("dc1", "dc2"), ("dc2", "dc2")]),
        (("dc1",), [("dc1", "dc1")]),
        (("dc2",), [("dc1", "dc1")]),
        (("dc3",), [("dc1", "dc1"), ("dc1", "dc2"), ("dc2", "dc2")]),
    ],
)
def test_a_zone_that_can_not_come_through_is_not_waited_for(
    gone: tuple[str, ...], waited: list[tuple[str, str]], dark: Callable[..., Box], monkeypatch: pytest.MonkeyPatch
) -> None:
    started, seen = [], []
    monkeypatch.setattr(dns, "_start", lambda _box, server, *_more: started.append(server.centre))
    monkeypatch.setattr(dns, "_wait", lambda _box, server, where: seen.append((server.centre, where)))
    dns.Dns().up(dark(*gone), Silent())
    assert started == ["dc1", "dc2"]
    assert seen == waited


def test_what_stands_in_the_dark_remote_centre_is_not_waited_for(dark: Callable[..., Box], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    box, started = dark("dc3"), []
    monkeypatch.setattr(metrics, "start", lambda _box, node: started.append(node))
    monkeypatch.setattr(metrics, "_wait", lambda *_words: pytest.fail("Prometheus is waited for"))
    monkeypatch.setattr(Store, "restic", lambda *_words, **_more: pytest.fail("the store is reached for"))
    metrics.Metrics().up(box, Silent())
    backup.Backup().up(box, Silent())
    assert started == ["dc3"]
    assert [row.detail for row in metrics.Metrics().status(box)] == ["its centre is dark"]
    assert [row.state for row in backup.Backup().status(box)] == ["down"]
