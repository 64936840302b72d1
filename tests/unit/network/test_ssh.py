from __future__ import annotations

import pytest

from network.ssh import answer_to


@pytest.mark.parametrize(
    ("text", "output", "answer"),
    [
        ("exit", "exit\r\ncore1(config)# ", ""),
        ("bad", "bad\r\n% Unknown command: bad\r\ncore1(config)# ", "% Unknown command: bad"),
        ("terminal length 0", "terminal length 0\ncore1# terminal length 0\ncore1# ", ""),
        ("show x", "\ncore1# show x\r\none\r\ntwo\r\ncore1# ", "one\ntwo"),
    ],
    ids=["silent", "refused", "echoed twice", "behind a second prompt"],
)
def test_the_answer_stands_between_the_echo_and_the_prompt(text: str, output: str, answer: str) -> None:
    assert answer_to(text, output) == answer
