"""The guard of a router by itself: what it does with a change on trial, and what it says of what it can't keep."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

GUARD = Path("lab/logins/guard.sh")
NFT = """#!/bin/sh
if [ "$1" = -f ]; then cat "$2" >>"$0.took"; fi
"""
Guard = Callable[..., str]


@pytest.fixture
def guard(tmp_path: Path) -> Iterator[Guard]:
    """Asks the guard of a router that has neither vtysh nor programs, with a kernel that takes every rule."""
    nft = tmp_path / "nft"
    nft.write_text(NFT)
    nft.chmod(0o755)

    def ask(request: str, *lines: str) -> str:
        done = subprocess.run(
            ["sh", str(GUARD), f"none-{os.getpid()}", str(tmp_path / "guard"), str(nft), str(tmp_path / "host")],
            env={**os.environ, "SSH_ORIGINAL_COMMAND": f"guard {request}"},
            input="".join(f"{line}\n" for line in lines), capture_output=True, text=True, check=False, timeout=20,
        )  # fmt: skip
        return done.stdout.removeprefix("ready\n").strip()

    yield ask
    ask("abandon chg-1")  # nobody waits longer than the test


def took(tmp_path: Path) -> str:
    path = tmp_path / "nft.took"
    return path.read_text() if path.exists() else ""


def test_a_change_on_trial_is_taken_back_at_once_and_nobody_watches_it_any_more(guard: Guard, tmp_path: Path) -> None:
    assert guard("arm chg-1 600 1", "nft delete table inet citynode") == "armed chg-1 600"
    assert guard("abandon chg-2") == "abandoned"
    assert (took(tmp_path), guard("status").split()[:2]) == ("", ["armed", "chg-1"])
    watcher = (tmp_path / "guard" / "watcher").read_text().strip()
    assert guard("abandon chg-1") == "returned chg-1\nabandoned"
    assert took(tmp_path) == "delete table inet citynode\n"
    assert guard("abandon chg-1") == "returned chg-1\nabandoned"
    assert took(tmp_path) == "delete table inet citynode\n"
    assert guard("confirm chg-1") == "lapsed returned chg-1"
    assert not (tmp_path / "guard" / "back").exists()
    assert not running(watcher)


def test_what_cannot_be_written_down_for_the_next_start_is_not_kept(guard: Guard) -> None:
    """The folder of FRR's own files isn't there."""
    assert guard("keep") == "refused: the kernel's table of rules can't be written to the disk"


def running(pid: str) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().split()[2] != "Z"
