"""The drivers against servers that talk as VRP 8, VRP 5 and Comware 7 do: what they promise, and what they fall into no more."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path

import paramiko
import pytest

from city.model import Dialect
from lab.vendors.traps import Traps
from network.devices.device import Confirm, Trial
from network.errors import ConsentNeeded, DeviceBusy, DeviceRefused, HostKeyRefused, LoginRefused, NotSaved, TurnedAway
from ops.errors import Unreachable
from tests.contract.device_contract import NAME, TIMED, Promise, Words, every_promise
from tests.contract.vendor_fleet import VendorFleet, vendor_fleet

VRP = Words("interface LoopBack0", "interface GigabitEthernet0/1/1", "quit", "undo")
H3C = Words(
    "interface LoopBack0",
    "interface GigabitEthernet1/0/1",
    "quit",
    "undo",
    "a delayed commit runs there, and it can't say whose",
    at_once=False,
)
WORDS = {Dialect.VRP8: VRP, Dialect.VRP5: VRP, Dialect.COMWARE7: H3C}
LONG = "description " + " ".join(f"word{number}" for number in range(24))

Vendor = tuple[VendorFleet, Dialect]


@pytest.fixture(params=WORDS, ids=str)
def vendor(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Vendor]:
    with vendor_fleet(tmp_path, {NAME: request.param}) as found:
        yield found, request.param


def only(dialect: Dialect) -> pytest.MarkDecorator:
    """A test for one language."""
    return pytest.mark.parametrize("vendor", [dialect], ids=str, indirect=True)


@every_promise
def test_vendors_devices(vendor: Vendor, promise: Promise) -> None:
    there, dialect = vendor
    if dialect is Dialect.VRP5 and promise in TIMED:
        with closing(there.fleet.connect(NAME)) as device, pytest.raises(ConsentNeeded):
            device.arm(Trial("chg-1", 60))
        return
    promise(there.city, there.fleet, WORDS[dialect])


@pytest.mark.parametrize(
    "trap",
    [
        {"wrap_at": 40},
        {"prefix": "HRP_M"},
        {"prefix": "(M)"},
        {"leading_nul": True, "double_return": True},
        {"asks_at_login": ("The password needs to be changed. Change now? [Y/N]:",)},
        {"asks_at_login": ("There are security risks in the configuration file. Continue? [Y/N]:",)},
        {"page_rows": 5},
    ],
    ids=["wrapped echo", "standby prefix", "mmi prefix", "NUL and double returns", "initial password", "security risks", "pages"],
)
def test_a_session_gets_past_what_devices_do(vendor: Vendor, trap: dict[str, object]) -> None:
    there, dialect = vendor
    box = there.boxes[NAME]
    box.traps = Traps(**trap)  # type: ignore[arg-type]
    words = WORDS[dialect]
    with closing(there.fleet.connect(NAME)) as device:
        device.apply([words.loopback, LONG, words.end, words.port, "description port", words.end])
        text = device.running()
    assert f" {LONG}\n" in text
    assert " description port\n" in text
    assert box.answers[: len(box.traps.asks_at_login)] == ["y" if "risks" in question else "n" for question in box.traps.asks_at_login]


@only(Dialect.VRP8)
def test_a_server_with_another_host_key_is_not_trusted(vendor: Vendor) -> None:
    there, _dialect = vendor
    host, kind, _key = there.access.ssh.known_hosts.read_text().split()
    other = paramiko.ECDSAKey.generate().get_base64()
    there.access.ssh.known_hosts.write_text(f"{host} {kind} {other}\n")
    with pytest.raises(HostKeyRefused) as refused:
        there.fleet.connect(NAME)
    assert refused.value.why == "it showed another key than the one on file"


@only(Dialect.VRP8)
def test_a_key_that_the_server_does_not_know_is_refused(vendor: Vendor) -> None:
    there, _dialect = vendor
    paramiko.ECDSAKey.generate().write_private_key_file(str(there.access.ssh.key))
    with pytest.raises(LoginRefused) as refused:
        there.fleet.connect(NAME)
    assert refused.value.why == "wrong user, or a key that it doesn't know"


@only(Dialect.VRP5)
def test_a_version_in_brackets_is_no_prompt(vendor: Vendor) -> None:
    there, _dialect = vendor
    with closing(there.fleet.connect(NAME)) as device:
        text = device.running()
    assert text.startswith("[V200R009C00SPC500]\n#\n")
    assert text.rstrip().endswith("return")


def test_pages_that_were_not_turned_off_are_turned(vendor: Vendor) -> None:
    there, _dialect = vendor
    with closing(there.fleet.connect(NAME)) as device:
        there.boxes[NAME].running.lines += [f"ip route-static 10.9.{number}.0 255.255.255.0 NULL0" for number in range(60)]
        whole = device.running()
        there.boxes[NAME].traps.page_rows = 24
        device.show("screen-length 24 temporary")
        assert device.running() == whole


def test_a_new_name_moves_the_prompt(vendor: Vendor) -> None:
    there, _dialect = vendor
    with closing(there.fleet.connect(NAME)) as device:
        device.apply(["sysname renamed"])
        assert "sysname renamed" in device.running()
        device.apply(["undo sysname"])
        assert "sysname renamed" not in device.running()


def test_an_error_without_a_mark_is_a_refusal(vendor: Vendor) -> None:
    there, dialect = vendor
    there.boxes[NAME].traps = Traps(refuses="mtu 9000", says="The value is out of the range of this board.")
    words = WORDS[dialect]
    with closing(there.fleet.connect(NAME)) as device, pytest.raises(DeviceRefused) as refused:
        device.apply([words.port, "mtu 9000", words.end])
    assert str(refused.value) == f"{NAME} did not take 'mtu 9000': The value is out of the range of this board."


def test_a_question_that_nobody_has_an_answer_for_is_answered_with_no_and_told(vendor: Vendor) -> None:
    there, dialect = vendor
    there.boxes[NAME].traps = Traps(asks="shutdown")
    words = WORDS[dialect]
    with closing(there.fleet.connect(NAME)) as device, pytest.raises(DeviceRefused) as refused:
        device.apply([words.port, "undo shutdown", words.end])
    assert "asked: Warning: This will interrupt services. Continue? [Y/N]:" in str(refused.value)
    assert there.boxes[NAME].answers[0] == "n"


@only(Dialect.VRP8)
def test_a_refused_line_leaves_a_two_phase_device_as_it_was(vendor: Vendor) -> None:
    there, _dialect = vendor
    with closing(there.fleet.connect(NAME)) as device:
        before = device.running()
        device.arm(Trial("chg-1", 60))
        with pytest.raises(DeviceRefused):
            device.apply([VRP.loopback, "description half", "frobnicate", VRP.end])
        assert device.running() == before
    assert there.boxes[NAME].pending is None


@only(Dialect.VRP8)
def test_a_configuration_that_somebody_else_holds_is_not_committed(vendor: Vendor) -> None:
    there, _dialect = vendor
    there.boxes[NAME].traps = Traps(locked_by="wang")
    with closing(there.fleet.connect(NAME)) as device:
        before = device.running()
        device.arm(Trial("chg-1", 60))
        with pytest.raises(DeviceBusy) as busy:
            device.apply(VRP.describe("mine"))
        assert str(busy.value) == (
            f"{NAME} is being changed by somebody else: Error: The configuration is locked by another user. [User: wang]"
        )
        assert device.running() == before


@only(Dialect.VRP8)
def test_a_trial_is_named_after_its_change_and_can_be_dropped_at_once(vendor: Vendor) -> None:
    there, _dialect = vendor
    with closing(there.fleet.connect(NAME)) as device:
        before = device.running()
        assert device.arm(Trial("chg-20261125-1", 600)) is Confirm.TRIAL
        device.apply(VRP.describe("on-trial"))
        assert there.boxes[NAME].commits[-1].description == "chg-20261125-1"
        device.abandon("chg-of-another")
        assert "description on-trial" in device.running()
        device.abandon("chg-20261125-1")
        assert device.running() == before


@only(Dialect.COMWARE7)
def test_a_release_without_a_delayed_commit_is_changed_by_consent_only(vendor: Vendor) -> None:
    there, _dialect = vendor
    there.boxes[NAME].traps = Traps(no_delay=True)
    with closing(there.fleet.connect(NAME)) as device:
        with pytest.raises(ConsentNeeded) as refused:
            device.arm(Trial("chg-1", 60))
        assert refused.value.hint == "have somebody at its console and add --accept-emulation, or leave it out with --devices"
        assert device.arm(Trial("chg-1", 60, consent=True)) is Confirm.EMULATED
        device.apply(H3C.describe("by-consent"))
        device.confirm("chg-1")
        assert "description by-consent" in device.running()


@only(Dialect.VRP8)
def test_a_question_that_comes_with_an_approved_line_is_agreed_to(vendor: Vendor) -> None:
    there, _dialect = vendor
    there.boxes[NAME].traps = Traps(asks="undo bgp 64512", question="Warning: All BGP configurations will be deleted. Continue? [Y/N]:")
    with closing(there.fleet.connect(NAME)) as device:
        device.apply(["bgp 64512", "router-id 10.0.0.1", "quit"])
        device.apply(["undo bgp 64512"])
        assert "bgp 64512" not in device.running()
    assert there.boxes[NAME].answers == ["y"]


def test_a_full_flash_is_told_in_the_devices_words(vendor: Vendor) -> None:
    there, _dialect = vendor
    there.boxes[NAME].traps = Traps(full_flash=True)
    with closing(there.fleet.connect(NAME)) as device, pytest.raises(NotSaved) as full:
        device.save()
    assert full.value.why in ("Error: The flash memory does not have enough space.", "% Not enough space on the device.")


def test_a_slow_save_is_waited_for(vendor: Vendor) -> None:
    there, dialect = vendor
    there.boxes[NAME].traps = Traps(slow_save=1.5)
    with closing(there.fleet.connect(NAME)) as device:
        device.apply(WORDS[dialect].describe("saved"))
        began = time.monotonic()
        device.save()
        assert time.monotonic() - began > 1.5
    inner = there.boxes[NAME].saved.inner(WORDS[dialect].loopback)
    assert inner is not None
    assert inner.lines == ["description saved"]


def test_whoever_waits_for_a_device_is_told_at_once_when_the_session_is_cut(vendor: Vendor) -> None:
    there, _dialect = vendor
    there.boxes[NAME].traps = Traps(slow_save=8)
    with closing(there.fleet.connect(NAME)) as device, ThreadPoolExecutor(1) as pool:
        saving = pool.submit(device.save)
        time.sleep(0.3)
        assert not saving.done()
        device.cut()
        assert isinstance(saving.exception(timeout=4), Unreachable)


def test_a_server_that_turns_logins_away_is_asked_again(vendor: Vendor) -> None:
    there, _dialect = vendor
    there.boxes[NAME].traps = Traps(most_logins=1)
    with ExitStack() as stack:
        first = there.fleet.connect(NAME)
        stack.callback(first.close)
        with pytest.raises(TurnedAway, match="its SSH server hung up before the login"):
            there.fleet.connect(NAME)
        with ThreadPoolExecutor(1) as pool:
            second = pool.submit(there.fleet.connect, NAME)
            time.sleep(0.3)
            assert not second.done()
            first.close()
            with closing(second.result()) as device:
                assert device.running()


@only(Dialect.VRP8)
def test_a_server_that_is_started_again_is_waited_for(vendor: Vendor) -> None:
    there, _dialect = vendor
    there.boxes[NAME].traps = Traps(deaf=1.2)
    with closing(there.fleet.connect(NAME)), closing(there.fleet.connect(NAME)) as device:
        assert device.running()


@only(Dialect.VRP8)
def test_a_server_that_stays_away_is_told(vendor: Vendor) -> None:
    there, _dialect = vendor
    there.boxes[NAME].traps = Traps(deaf=20)
    with closing(there.fleet.connect(NAME)), pytest.raises(TurnedAway, match="its SSH server takes no connection") as away:
        there.fleet.connect(NAME)
    assert (away.value.exit_code, away.value.hint.startswith("citynode lab status")) == (3, True)


@only(Dialect.VRP8)
def test_secrets_are_typed_from_the_access_file_and_never_told(vendor: Vendor) -> None:
    there, _dialect = vendor
    line = "snmp-agent usm-user v3 citynode-nms authentication-mode sha2-256 cipher {{secret snmp-auth}}"
    with closing(there.fleet.connect(NAME)) as device:
        device.apply([line])
        assert there.boxes[NAME].typed[-1].endswith("cipher not-a-real-secret")
        there.boxes[NAME].traps = Traps(refuses="citynode-nms", says="Error: bad cipher not-a-real-secret")
        with pytest.raises(DeviceRefused) as refused:
            device.apply([line])
    assert "not-a-real-secret" not in str(refused.value)
