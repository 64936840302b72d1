"""Time, syslog, SNMP and logins of real routers: what a push tells their programs is heard by the city's servers, and goes back."""

from __future__ import annotations

import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from lab.logins.snmpd import USER
from lab.routers import host
from lab.services.part import ROUTERS_LOG, TRAPS_LOG
from monitoring.ifmib import BOOTS
from network.devices.device import Trial
from network.dialect.frr.host import CHRONY, IF_OPER_STATUS, RSYSLOG, SNMP_TRAPS, SNMPD, SSHD
from network.errors import DeviceRefused
from network.intent.services import SNMP_USER
from tests.lab.rig import Rig
from tests.lab.routers import held, kept, looking
from tests.waiting import wait_until

TOWN = "haifeng-t01"
OLD_CIPHER = "aes192-ctr"
"""OpenSSH offers it, and the baseline doesn't."""


def test_what_a_push_says_to_the_programs_is_so_and_ends_with_its_rollback(lab: Rig) -> None:
    box = lab.box()
    with kept(lab):
        assert not polled(lab)
        assert let_in(lab, OLD_CIPHER)
        starts = started(lab)
        clock, traps = len(box.log(TOWN, host.TIME).read_text()), len(told(lab, "dc3", TRAPS_LOG))
        change = lab.ok("net", "push", "--devices", TOWN, "--yes")["change"]
        wait_until(lambda: f"{TOWN} notice citynode confirmed {change}" in told(lab, "dc1", ROUTERS_LOG), seconds=10)
        wait_until(lambda: f"citynode confirmed {change}" in told(lab, "dc2", ROUTERS_LOG), seconds=10)
        assert polled(lab)
        assert started(lab) > starts
        wait_until(lambda: not let_in(lab, OLD_CIPHER), seconds=10)
        wait_until(lambda: let_in(lab, "aes256-ctr"), seconds=10)
        wait_until(lambda: "Selected source" in box.log(TOWN, host.TIME).read_text()[clock:], seconds=20)
        try:
            box.run(TOWN, ("ip", "link", "set", "lan0", "down"))
            wait_until(lambda: f"{SNMP_TRAPS}.3\t" in told(lab, "dc3", TRAPS_LOG)[traps:], seconds=25)
        finally:
            box.run(TOWN, ("ip", "link", "set", "lan0", "up"))
        trap = next(row for row in told(lab, "dc3", TRAPS_LOG)[traps:].splitlines() if f"{SNMP_TRAPS}.3\t" in row)
        assert SNMP_USER in trap
        assert f"{IF_OPER_STATUS}." in trap
        lab.ok("net", "rollback", "--yes")
        wait_until(lambda: not polled(lab), seconds=10)
        wait_until(lambda: let_in(lab, OLD_CIPHER), seconds=10)


def test_what_somebody_wrote_into_a_file_is_shown_and_goes(lab: Rig) -> None:
    box = lab.box()
    with kept(lab):
        lab.ok("net", "push", "--devices", TOWN, "--yes")
        with host.file_of(box, TOWN, "sshd").open("a") as file:
            file.write("PermitUserEnvironment yes\n")
        shown = lab.run("net", "diff", "--devices", TOWN, "-o", "json")
        assert shown.code == 7
        assert shown.data["changes"][0]["diff"] == "  host sshd\n-  PermitUserEnvironment yes"
        assert lab.ok("net", "push", "--devices", TOWN, "--yes")["changed"] == 1
        assert lab.ok("net", "diff", "--devices", TOWN)["pending"] == 0
        shown = lab.ok("net", "render", "--devices", TOWN)
        assert box.secret("snmp-auth").read_text() not in str(shown) + str(held(lab)[TOWN])


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (
            (CHRONY, f"{CHRONY} server 10.16.1.21", SSHD, f"{SSHD} MaxAuthTries 4", f"{SSHD} Cipers none"),
            "Bad configuration option: Cipers",
        ),
        ((SSHD, f"{SSHD} MaxAuthTries 4", CHRONY, f"{CHRONY} serve 10.16.1.21"), "Invalid directive"),
        ((RSYSLOG, f'{RSYSLOG} action(typ="nothing")'), "parameter 'type' required"),
        ((SNMPD, f"{SNMPD} sysContact network-duty", f"{SNMPD} rowser citynode-nms priv"), "Unknown token: rowser"),
        (("host cron * * * * * root true",), "no program whose file is changed here"),
    ],
)
def test_a_line_that_a_program_refuses_is_named_and_changes_nothing(lab: Rig, lines: tuple[str, ...], why: str) -> None:
    before = held(lab)
    with closing(looking(lab).fleet.connect(TOWN)) as device, pytest.raises(DeviceRefused) as refused:
        device.apply(lines)
    assert refused.value.what == f"{TOWN} did not take '{lines[-1]}'"
    assert why in refused.value.why
    assert held(lab) == before


def test_files_on_trial_go_back_by_themselves_and_saved_ones_outlast_the_power(lab: Rig) -> None:
    before = held(lab)
    with kept(lab):
        with closing(looking(lab).fleet.connect(TOWN)) as device:
            device.arm(Trial("chg-files", 2, (CHRONY, SSHD)))
            device.apply([CHRONY, f"{CHRONY} server 10.16.1.21 iburst", SSHD, f"{SSHD} Ciphers aes256-ctr"])
            assert "host sshd\n Ciphers aes256-ctr\nexit" in device.running()
            wait_until(lambda: not let_in(lab, OLD_CIPHER), seconds=10)
        wait_until(lambda: held(lab) == before, seconds=15)
        wait_until(lambda: let_in(lab, OLD_CIPHER), seconds=10)
        with closing(looking(lab).fleet.connect(TOWN)) as device:
            device.apply([CHRONY, f"{CHRONY} server 10.16.1.21 iburst"])
            device.save()
            device.apply([CHRONY, SSHD, f"{SSHD} Ciphers aes256-ctr"])
        lab.ok("lab", "break", "router", TOWN)
        lab.ok("lab", "heal", TOWN)
        now = held(lab)[TOWN]
        assert "host chrony\n server 10.16.1.21 iburst\nexit" in now
        assert "host sshd" not in now
        assert let_in(lab, OLD_CIPHER)


def polled(lab: Rig) -> bool:
    """Whether the account that a push makes may ask the router's agent."""
    return TOWN in asked(lab, SNMP_USER, ".1.3.6.1.2.1.1.5.0")


def started(lab: Rig) -> int:
    """How often the router's agent was started, as it says itself; who hears its traps goes by it (RFC 3414, 2.2.2)."""
    return int(asked(lab, USER, f".{BOOTS}").rpartition(" ")[2])


def asked(lab: Rig, user: str, what: str) -> str:
    """What the router's agent answers, if it does."""
    box = lab.box()
    auth, privacy = (box.secret(f"snmp-{name}").read_text() for name in ("auth", "privacy"))
    words = ("snmpget", "-v3", "-u", user, "-l", "authPriv", "-a", "SHA", "-A", auth, "-x", "AES", "-X", privacy, "-t", "1", "-r", "4")
    return subprocess.run([*words, str(box.management_address(TOWN)), what], capture_output=True, text=True, check=False).stdout


def let_in(lab: Rig, cipher: str) -> bool:
    """Whether the router takes a login with this cipher alone."""
    login = lab.access.ssh
    options = ("-F", "none", "-o", "BatchMode=yes", "-o", f"UserKnownHostsFile={login.known_hosts}", "-i", str(login.key), "-c", cipher)
    address = f"{login.user}@{lab.box().management_address(TOWN)}"
    return subprocess.run(["ssh", *options, address, "guard status"], capture_output=True, check=False).returncode == 0


def told(lab: Rig, site: str, name: str) -> str:
    """What a server of a site has heard."""
    path: Path = lab.box().dir(site, "services") / name
    return path.read_text(errors="replace")
