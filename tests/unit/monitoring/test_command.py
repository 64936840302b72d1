"""`citynode mon poll` and `mon serve` as they are left running: what they write round by round, and how Ctrl-C ends them."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from ipaddress import IPv4Network
from pathlib import Path

import pytest

from cli.main import main
from monitoring.errors import NoAnswer
from monitoring.model import Outcome, Reading, Round
from ops import yaml
from ops.access import Access, SnmpV3, Ssh
from ops.reach import write_access

ROOT = Path(__file__).parents[3]
AT = datetime(2026, 11, 26, tzinfo=UTC)


@pytest.fixture
def reached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An access to routers that are this machine, where nobody answers SNMP."""
    monkeypatch.setenv("CITYNODE_STATE", str(tmp_path))
    monkeypatch.setenv("CITYNODE_ACCESS", str(tmp_path / "access.yaml"))
    monkeypatch.setenv("WORD", "a-pass-phrase")
    ssh = Ssh(user="none", key=Path("/dev/null"), known_hosts=Path("/dev/null"))
    snmp = SnmpV3(user="none", auth="env:WORD", privacy="env:WORD", port=9)
    write_access(
        Access(city="tiny", lab="b", management=IPv4Network("127.0.0.0/8"), ssh=ssh, probe=ssh, snmp=snmp), tmp_path / "access.yaml"
    )
    return tmp_path


def a_round(*, answered: bool) -> Round:
    problem = None if answered else NoAnswer("core1 does not answer", device="core1")
    return Round(AT, 0.1, (Outcome("core1", 0.1, Reading("core1", AT, 1, 1, ()) if answered else None, problem),))


@pytest.mark.parametrize(
    ("words", "answered", "code"),
    [
        (("--rounds", "2"), (True, True), 0),
        (("--rounds", "2"), (False, True), 3),  # an early round counts as the last does
        ((), (True, True), 0),
        ((), (False, True), 3),
    ],
)
def test_every_round_counts_and_ctrl_c_ends_what_has_no_end(
    reached: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], answered: tuple[bool, ...], code: int
) -> None:
    def rounds(*_targets: object, rounds: int, **_how: object) -> Iterator[tuple[Round, tuple[()]]]:
        yield from ((a_round(answered=each), ()) for each in answered)
        if not rounds:
            raise KeyboardInterrupt

    monkeypatch.setattr("monitoring.rounds.poll_rounds", rounds)
    assert main(["mon", "poll", *words]) == code


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_rounds_are_told_apart(reached: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], form: str) -> None:
    monkeypatch.setattr("monitoring.rounds.poll_rounds", lambda *_targets, **_how: iter([(a_round(answered=True), ())] * 2))
    assert main(["mon", "poll", "--rounds", "2", "-o", form]) == 0
    out = capsys.readouterr().out
    found = [json.loads(line) for line in out.splitlines()] if form == "json" else list(yaml.load_all(out))
    assert [each["answered"] for each in found] == [1, 1]


@contextmanager
def running(*words: str) -> Iterator[subprocess.Popen[str]]:
    line = ["mon", *words, "--lang", "en"]
    heeding = "signal.signal(signal.SIGINT, signal.default_int_handler)"  # a shell's background jobs begin with it ignored
    argv = [sys.executable, "-c", f"import signal, sys; {heeding}; from cli.main import main; sys.exit(main({line!r}))"]
    with subprocess.Popen(argv, cwd=ROOT, env=os.environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as program:
        try:
            yield program
        finally:
            program.kill()


def test_a_poll_without_end_says_so_and_ends_by_ctrl_c(reached: Path) -> None:
    with running("poll", "core1", "--interval", "0.5", "-o", "json") as program:
        assert program.stdout is not None
        first = json.loads(program.stdout.readline())
        program.send_signal(signal.SIGINT)
        _out, err = program.communicate(timeout=20)
    assert (first["failed"], program.returncode) == (1, 3)
    assert err == "-- a round every 0.5 s; Ctrl-C ends it\n"


def test_an_exporter_ends_by_ctrl_c(reached: Path) -> None:
    with running("serve", "--listen", "127.0.0.1:0") as program:
        assert program.stderr is not None
        said = program.stderr.readline()
        program.send_signal(signal.SIGINT)
        _out, err = program.communicate(timeout=20)
    assert re.fullmatch(r"-- serving http://127\.0\.0\.1:\d+/metrics; Ctrl-C ends it\n", said)
    assert (program.returncode, err) == (0, "")
