"""A lab's network namespaces beside those of other programs; needs root, and no lab."""

from __future__ import annotations

import json
import subprocess
import sys
from ipaddress import IPv6Interface
from pathlib import Path

from lab import namespace
from lab.wires.netlink import Netlink

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


def test_an_address_is_good_at_once() -> None:
    """Without `nodad` it is tentative until the kernel's queue has come to it, and who listens there by then is refused."""
    name, own = "cn-test.b", IPv6Interface("2001:db8:ffff::1/128")
    namespace.create(name)
    try:
        with Netlink(name) as there:
            there.set_up("lo", up=True)
            there.add_address("lo", own)
            there.add_second_address("lo", IPv6Interface("2001:db8:ffff::2/128"))
        shown = subprocess.run(["ip", "-n", name, "-j", "-6", "address"], capture_output=True, text=True, check=True, timeout=30)
        listed = {each["local"]: each for each in json.loads(shown.stdout)[0]["addr_info"]}
        assert [listed[f"2001:db8:ffff::{number}"].get("nodad") for number in (1, 2)] == [True, True]
        assert [listed[f"2001:db8:ffff::{number}"].get("deprecated") for number in (1, 2)] == [None, True]
    finally:
        namespace.delete(name)
        namespace.release_folder()
