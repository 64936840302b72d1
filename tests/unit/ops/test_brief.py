"""A command looks for garbage rarely, and what it must still do when it ends is done."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from ops.brief import ALLOCATIONS
from tests.program import ROOT

PROGRAM = """
import atexit, gc, sys, tempfile
from cli import main
kept = tempfile.TemporaryDirectory()
def look():
    print(gc.get_threshold()[0], gc.get_freeze_count() > 0)
atexit.register(look)
sys.argv = ["citynode", "--help"]
try:
    main.run()
finally:
    atexit.register(look)
    print(kept.name)
"""


def test_a_command_collects_rarely_and_still_tidies_up_when_it_ends(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROGRAM], cwd=ROOT, env={"TMPDIR": str(tmp_path)}, capture_output=True, text=True, check=True
    )
    folder, running, ended = done.stdout.splitlines()[-3:]
    assert (running, ended) == (f"{ALLOCATIONS} False", f"{ALLOCATIONS} True")
    assert folder.startswith(str(tmp_path))
    assert list(tmp_path.iterdir()) == []
