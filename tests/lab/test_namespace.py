"""A lab's network namespaces beside those of other programs; needs root, and no lab."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SCRIPT = """
mount -t tmpfs none /run
{python} -c 'from lab import namespace; namespace.create("cn-test.a")' &&
ip netns add cn-test.other && ip netns del cn-test.other &&
{python} -c 'from lab import namespace; namespace.delete("cn-test.a"); namespace.release_folder(); print(namespace.exists("cn-test.a"))' &&
! grep --quiet ' /run/netns .*tmpfs' /proc/self/mountinfo
"""


def test_a_name_can_be_taken_away_after_another_program_made_its_own() -> None:
    """`ip netns` and container runtimes mount the folder over itself unless it is shared already: ours would be covered."""
    argv = ["unshare", "--mount", "--propagation", "private", "sh", "-ec", SCRIPT.format(python=sys.executable)]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout.strip()) == (0, "False"), done.stderr
    assert not Path("/run/netns/cn-test.a").exists()
