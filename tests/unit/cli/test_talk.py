"""Progress on stderr: a live bar for a terminal, lines for a log, silence when asked."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PROGRAM = """
import sys, time
import cli.config, cli.main
from cli.frame import frame
def shown(value):
    progress = frame().progress
    progress.stage("bringing up routers")
    for number in range(50):
        progress.step(f"r{number}", done=number + 1, total=50)
    progress.note("one is slow")
    progress.stage("second")
    if "break" in sys.argv:
        raise OSError(28, "No space left on device", "/x")
    return "v"
cli.config._shown = shown
sys.exit(cli.main.main([word for word in ["config", "show", *sys.argv[1:]] if word != "break"]))
"""


def test_a_log_gets_a_line_now_and_then(tmp_path: Path) -> None:
    done = run(tmp_path)
    lines = done.stderr.splitlines()
    assert lines[0] == "== bringing up routers"
    assert "   r49 (50/50)" in lines
    assert "-- one is slow" in lines
    assert len([line for line in lines if line.startswith("   r")]) < 20 * 11
    assert "\x1b" not in done.stderr
    assert "bringing" not in done.stdout


def test_quiet_is_quiet(tmp_path: Path) -> None:
    assert run(tmp_path, "--quiet").stderr == ""


@pytest.mark.parametrize("breaks", [False, True])
def test_a_terminal_gets_a_live_line_and_its_cursor_back(tmp_path: Path, breaks: bool) -> None:
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *(["break"] if breaks else [])],
        cwd=ROOT,
        stderr=theirs,
        stdout=subprocess.PIPE,
        env=environment(tmp_path),
    ) as process:
        os.close(theirs)
        seen = b""
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:
                break
            if not part:
                break
            seen += part
        process.wait(timeout=20)
    os.close(ours)
    text = seen.decode()
    assert "✓ bringing up routers" in text
    assert "\x1b[?25l" in text
    assert text.rindex("\x1b[?25h") > text.rindex("\x1b[?25l")
    if breaks:
        assert "✗ second" in text
        assert text.rindex("error: the disk is full") > text.rindex("\x1b[?25h")


def run(state: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        env=environment(state),
        timeout=60,
    )


def environment(state: Path) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("CITYNODE_", "LC_", "LANG", "NO_COLOR"))}
    return {**clean, "CITYNODE_STATE": str(state), "TERM": "xterm"}
