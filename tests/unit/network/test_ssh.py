from __future__ import annotations

import re
from pathlib import Path

import pytest

from network.devices.drivers.terminal import answers_to
from network.devices.ssh import check_login_files
from network.errors import LoginRefused
from ops.access import Ssh

PROMPT = re.compile(r"(?:core1)(?:\([\w-]+\))?[#>] ?")


@pytest.mark.parametrize(
    ("lines", "output", "answers"),
    [
        (["exit"], "exit\ncore1(config)# ", [""]),
        (["bad"], "bad\n% Unknown command: bad\ncore1(config)# ", ["% Unknown command: bad"]),
        (["terminal length 0"], "terminal length 0\ncore1# terminal length 0\ncore1# ", [""]),
        (["show x"], "\ncore1# show x\none\ntwo\ncore1# ", ["one\ntwo"]),
        (["a 1", "b 2"], "a 1\ncore1(config)# b 2\n% Unknown\ncore1(config)# ", ["", "% Unknown"]),
        (["a 1", "b 2", "c"], "a 1\nb 2\nc\ncore1# a 1\n% Bad\ncore1# b 2\ncore1# c\ncore1# ", ["% Bad", "", ""]),
        (["a 1", "b 2"], "a 1\ncore1(config)# ", [""]),
        (["a 1", "neighbour self", "c"], "a 1\nour self\nc\ncore1# neighbour self\ncore1# c\n% Bad\ncore1# ", ["", "", "% Bad"]),
        (["a 1", "b 2", "c 3"], "a 1\nb 2\nccore1# b 2\ncore1# c 3\n% Bad\ncore1# ", ["", "", "% Bad"]),
        (["show x"], "show x\nx\ncore1# ", ["x"]),
    ],
    ids=[
        "silent",
        "refused",
        "echoed twice",
        "behind a second prompt",
        "two",
        "typed ahead",
        "not all echoed yet",
        "an end echoed",
        "a beginning echoed",
        "an answer that is a piece",
    ],
)
def test_the_answer_stands_between_the_echo_and_the_prompt(lines: list[str], output: str, answers: list[str]) -> None:
    assert answers_to(lines, output, PROMPT) == answers


@pytest.mark.parametrize("key", ["ssh", "probe", "host_ssh"])
def test_a_file_of_a_login_that_is_missing_is_named_with_what_names_it(key: str, tmp_path: Path) -> None:
    with pytest.raises(LoginRefused) as refused:
        check_login_files(Ssh(user="netops", key=tmp_path / "none", known_hosts=tmp_path / "known"), key)
    assert refused.value.what == f"there is no private key at {tmp_path / 'none'}"
    assert refused.value.hint == f"`{key}` in the access file names it; `citynode lab up` writes both for a lab"
