"""Monitoring on real agents and a real Prometheus: every router read, traffic seen right, and what is broken named."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from lab.metrics.traffic import exchange
from tests.lab.rig import Rig
from tests.program import PROGRAM, ROOT

COUNTED_ANEW = 0.18
"""How far off a window of 24 seconds may be: net-snmp counts anew every 3, a sixth of what lies between its first and last scrape."""


@pytest.mark.parametrize("backend", ["gufo", "pysnmp"])
def test_every_router_is_read_with_every_interface(lab: Rig, backend: str) -> None:
    found = lab.ok("mon", "poll", "--once", "--backend", backend)
    assert (found["devices"], found["failed"]) == (7, 0)
    assert found["seconds"] < 10
    links = {row["device"]: row["interfaces"] for row in found["results"]}
    for router in lab.city.router_by_name:
        ends = sum(router in (link.a.node, link.b.node) for link in lab.city.links)
        assert links[router] >= ends, router


def test_top_sees_a_generated_stream_right_in_both_directions(lab: Rig) -> None:
    counted: dict[str, float] = {}
    stream = Thread(target=lambda: counted.update(exchange(lab.box(), "room-archives", "dc1", mbit=8, seconds=42)))
    stream.start()
    time.sleep(40)  # a busy machine takes a while to begin: the window lies wholly within the stream
    seen = lab.ok("mon", "top", "--window", "24", "--level", "access")
    stream.join()
    assert counted["arrived_mbit"] == pytest.approx(8, rel=0.02)
    busiest = seen["top"][0]
    assert busiest["link"] in ("core1-room-archives", "core2-room-archives")
    assert busiest["backward_mbit"] == pytest.approx(counted["arrived_mbit"], rel=COUNTED_ANEW)  # b is the room
    assert busiest["forward_mbit"] < 0.5
    assert busiest["utilisation"] == pytest.approx(8 / 20, rel=COUNTED_ANEW)


@pytest.mark.parametrize(
    ("key", "backend", "told"),
    [
        ("auth", "gufo", "the authentication key is wrong"),
        ("auth", "pysnmp", "the authentication key is wrong"),
        ("privacy", "gufo", "the privacy key is wrong"),
    ],
)
def test_a_wrong_key_is_told_as_one(lab: Rig, tmp_path: Path, key: str, backend: str, told: str) -> None:
    secret = tmp_path / "secret"
    secret.touch(mode=0o600)
    secret.write_text("not-the-key-of-this-lab")
    access = tmp_path / "access.yaml"
    real = lab.state / "labs" / lab.name / "access.yaml"
    access.write_text(real.read_text().replace(f"file:{lab.state}/labs/{lab.name}/secrets/snmp-{key}", f"file:{secret}"))
    refused = lab.run("mon", "poll", "core1", "--once", "--backend", backend, "--access", str(access), "-o", "json")
    assert refused.code == 3
    row = refused.data["results"][0]
    assert "core1 refuses the SNMP login" in row["error"]
    assert told in row["error"]
    assert "snmp.auth" in row["hint"]


def test_a_silent_agent_does_not_hide_the_others(lab: Rig) -> None:
    box = lab.box()
    box.stop("haifeng-t01", "snmpd")
    try:
        found = lab.run("mon", "poll", "--once", "-o", "json")
        assert found.code == 3
        assert (found.data["answered"], found.data["failed"]) == (6, 1)
        silent = next(row for row in found.data["results"] if not row["ok"])
        assert silent["device"] == "haifeng-t01"
        assert "does not answer SNMP" in silent["error"]
        assert "citynode lab status" in silent["hint"]
        rows = lab.ok("lab", "status")["health"]
        assert next(row for row in rows if row["name"] == "haifeng-t01")["detail"].endswith("not running: snmpd")
    finally:
        lab.ok("lab", "up", "--name", lab.name, "--only", "routers")
    assert lab.ok("mon", "poll", "haifeng-t01", "--once")["failed"] == 0


def test_a_prometheus_that_is_not_there_is_told(lab: Rig, tmp_path: Path) -> None:
    access = tmp_path / "access.yaml"
    access.write_text((lab.state / "labs" / lab.name / "access.yaml").read_text().replace(":9090", ":9"))
    refused = lab.run("mon", "top", "--access", str(access))
    assert refused.code == 3
    assert "Prometheus does not answer at" in refused.err
    assert "citynode lab status" in refused.err


def test_a_killed_exporter_is_seen_and_takes_its_port_again(lab: Rig) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    for _ in range(2):
        with exporter(lab, port) as (process, url):
            text = scraped(url)
            answering = {
                line.split('"')[1] for line in text.splitlines() if line.startswith("citynode_device_up{") and line.endswith(" 1.0")
            }
            assert answering == set(lab.city.router_by_name)
            assert 'ifHCInOctets{device="core1",interface="ge2",level="core",link="core1-core2",peer="core2"}' in text
            second = lab.run("mon", "serve", "--listen", f"127.0.0.1:{port}")
            assert (second.code, "choose another with --listen" in second.err) == (2, True)
            process.send_signal(signal.SIGKILL)
            process.wait()
            with pytest.raises(URLError):
                urlopen(url, timeout=2)  # noqa: S310 - our own http address


@contextmanager
def exporter(lab: Rig, port: int) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """`citynode mon serve` as an operator runs it."""
    words = [*PROGRAM, "mon", "serve", "--listen", f"127.0.0.1:{port}", "-q"]
    environment = {**os.environ, "CITYNODE_STATE": str(lab.state)}
    with subprocess.Popen(words, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL) as process:
        try:
            yield process, f"http://127.0.0.1:{port}/metrics"
        finally:
            process.kill()


def scraped(url: str) -> str:
    """What the exporter says, as soon as it says anything."""
    until = time.monotonic() + 20
    while True:
        try:
            with urlopen(url, timeout=10) as answer:  # noqa: S310 - our own http address
                return str(answer.read().decode())
        except OSError:
            assert time.monotonic() < until, "the exporter did not come up"
            time.sleep(0.2)
