"""`prepare.sh` on a machine of stand-ins: Go stays as long as it may be needed, and what a killed run left goes."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from engines.catalogue import ENGINES
from tests.program import ROOT

PROGRAMS = tuple(f"{engine.folder_name}/{own.name}" for engine in ENGINES for own in engine.programs)
FOUND = ("awk", "cat", "chmod", "dirname", "env", "grep", "id", "mktemp", "python3", "rm", "sed", "sh", "tee")
STAND_INS = {
    "sudo": 'exec "$@"',
    "uv": 'echo "$*" >uv.log',
    "dpkg-query": "[ ! -e missing ] && echo install ok installed",
    "apt-get": '[ "$1" = update ] || { cat policy-rc.d >seen; rm missing; }',
}


class Machine:
    """A copy of the script with a machine of its own around it: a few programs, no Go, every package installed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.policy = folder / "policy-rc.d"
        (folder / "bin").mkdir()
        for name in FOUND:
            (folder / "bin" / name).symlink_to(shutil.which(name) or name)
        for name, text in STAND_INS.items():
            (folder / "bin" / name).write_text(f"#!/bin/sh\n{text}\n")
            (folder / "bin" / name).chmod(0o755)
        (folder / "lab").mkdir()
        (folder / "lab" / "packages.txt").write_text("frr /usr/lib/frr/zebra routers\n")
        text = (ROOT / "prepare.sh").read_text()
        for there, here in (("/usr/local/go/", f"{folder}/go/"), ("/usr/sbin/policy-rc.d", str(self.policy))):
            assert there in text
            text = text.replace(there, here)
        (folder / "prepare.sh").write_text(text)
        for program in PROGRAMS:
            path = folder / "cache" / "engines" / program
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o755)

    def prepare(self) -> str:
        """Run it; what it asked uv for."""
        environment = {"PATH": str(self.folder / "bin"), "HOME": str(self.folder), "CITYNODE_CACHE": str(self.folder / "cache")}
        subprocess.run(["sh", "prepare.sh"], cwd=self.folder, env=environment, check=True, capture_output=True, timeout=30)
        return (self.folder / "uv.log").read_text()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_go_stays_until_the_last_program_of_the_engines_is_there(machine: Machine) -> None:
    assert "--group go" not in machine.prepare()
    for program in PROGRAMS:
        path = machine.folder / "cache" / "engines" / program
        path.unlink()
        assert "--group go" in machine.prepare(), program
        path.touch(mode=0o755)
    path.unlink()
    (machine.folder / "go" / "bin").mkdir(parents=True)
    (machine.folder / "go" / "bin" / "go").touch(mode=0o755)
    assert "--group go" not in machine.prepare(), "the machine has its own"


def test_services_are_held_back_while_packages_are_installed_and_never_longer(machine: Machine) -> None:
    (machine.folder / "missing").touch()
    machine.prepare()
    written = (machine.folder / "seen").read_text()
    assert written.endswith("exit 101\n")
    assert not machine.policy.exists()
    machine.policy.write_text(written)  # what that run would have left if it had been killed
    machine.prepare()
    assert not machine.policy.exists()
    for others in ("#!/bin/sh\nexit 101\n", "#!/bin/sh\n# I hold services back, and prepare.sh knows it\nexit 101\n"):
        machine.policy.write_text(others)
        (machine.folder / "missing").touch()
        machine.prepare()
        assert machine.policy.read_text() == others


def test_what_another_run_still_needs_is_left_to_it(machine: Machine) -> None:
    (machine.folder / "missing").touch()
    machine.prepare()
    number = (machine.folder / "seen").read_text().splitlines()[1].split()[-1]
    with subprocess.Popen(["sh", "-c", "read line", "prepare.sh"], stdin=subprocess.PIPE) as other:
        written = (machine.folder / "seen").read_text().replace(number, str(other.pid))
        machine.policy.write_text(written)
        machine.prepare()
        assert machine.policy.read_text() == written
