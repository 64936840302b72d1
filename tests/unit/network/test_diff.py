"""A device's running text, what it shall hold, and beside them the lines that bring it there, in order.

`make goldens` writes the expected files anew.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from network.dialect.frr import Frr
from network.diff import Patch, diff
from tests.goldens import agrees

CASES = Path(__file__).parents[2] / "cases" / "network" / "diff"
NAMES = sorted(path.stem for path in CASES.glob("*.running"))


def patch_of(name: str) -> Patch:
    rules = Frr()
    running, wanted = ((CASES / f"{name}.{part}").read_text(encoding="utf-8") for part in ("running", "wanted"))
    return diff(rules.parse(running), rules.parse(wanted), rules)


@pytest.mark.parametrize("name", NAMES)
def test_the_lines_that_end_the_difference(name: str) -> None:
    patch = patch_of(name)
    word = "disruptive" if patch.is_disruptive else "harmless"
    text = f"# {word}\n{patch.text()}\n# commands\n" + "\n".join(patch.commands) + "\n"
    path = CASES / f"{name}.patch"
    agrees(path, text)


def test_every_case_says_something() -> None:
    assert len(NAMES) >= 8


def test_a_new_address_stands_before_the_old_one_goes() -> None:
    commands = [line.strip() for line in patch_of("address-moves").commands]
    assert commands.index("ip address 172.16.9.1/30") < commands.index("no ip address 172.16.0.1/30")


def test_a_physical_interface_is_never_removed() -> None:
    assert not [line for line in patch_of("interface-unused").commands if line.startswith("no interface")]


@pytest.mark.parametrize(
    ("line", "masked"),
    [
        ("password 8 abc", "password ***"),
        ("enable secret s3cret", "enable secret ***"),
        (" ip ospf message-digest-key 1 md5 geheim", " ip ospf message-digest-key 1 md5 ***"),
        (" ip ospf authentication-key geheim", " ip ospf authentication-key ***"),
        ("snmp-server community public", "snmp-server community ***"),
        (" description to core1 ge1", " description to core1 ge1"),
    ],
)
def test_secrets_are_masked(line: str, masked: str) -> None:
    assert Frr().mask(line) == masked
