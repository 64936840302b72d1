"""The program that asks, against real sockets: what comes about is an answer, and what can't be asked is no silence."""

from __future__ import annotations

import socket
from ipaddress import ip_address
from pathlib import Path

import pytest

from network.cutover import prove
from network.cutover.errors import IsolationBroken
from network.devices.shells import HostFailed
from tests.unit.network.cutover.listeners import KINDS, OwnShells, listening

HERE = ip_address("127.0.0.1")


def across(port: int) -> prove.Proof:
    return prove.shoot(OwnShells(), [prove.Shot(prove.ACROSS, "dc1", HERE, port)])


@pytest.mark.parametrize("kind", KINDS)
def test_connection_across_is_a_leak_whatever_is_spoken_on_it(kind: str) -> None:
    with listening(kind) as port, pytest.raises(IsolationBroken, match=rf"dc1 -> 127\.0\.0\.1 \(tcp {port}\)"):
        across(port).raise_on_wrong()


@pytest.mark.parametrize("kind", KINDS)
def test_service_need_not_speak_http_but_must_not_be_somebody_else(kind: str) -> None:
    with listening(kind) as port:
        proof = prove.shoot(OwnShells(), [prove.Shot(prove.USER, "dc1-isolated", HERE, port, "finance-budget")])
    assert proof.as_data()["ok"] is (kind != "other")


def test_port_where_nobody_listens_is_silent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    across(port).raise_on_wrong()


@pytest.mark.parametrize(("code", "answered"), [(0, True), (1, False)])
def test_echo_is_what_fping_says(code: int, answered: bool, fping: Path) -> None:
    fping.write_text(f"#!/bin/sh\nexit {code}\n", encoding="utf-8")
    assert [shot.answered for shot in across(prove.ECHO).shots] == [answered]


@pytest.mark.parametrize("code", [2, 3, 4])
def test_echo_that_could_not_be_sent_is_no_silence(code: int, fping: Path) -> None:
    fping.write_text(f'#!/bin/sh\necho "fping: can\'t create raw socket" >&2\nexit {code}\n', encoding="utf-8")
    with pytest.raises(HostFailed) as failed:
        across(prove.ECHO)
    assert failed.value.why == "127.0.0.1 can't be asked by fping: fping: can't create raw socket"


def test_host_without_fping_can_not_ask(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(HostFailed) as failed:
        across(prove.ECHO)
    assert "127.0.0.1 can't be asked by fping" in failed.value.why


@pytest.fixture
def fping(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where the fping that the program finds first is to be written."""
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    program = tmp_path / "fping"
    program.touch(mode=0o755)
    return program
