"""What people and programs read on stdout."""

from __future__ import annotations

import io
import json
from ipaddress import IPv4Address

import pytest

from cli.render import Table, is_colored, show, to_text, width


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_columns_line_up_with_chinese_in_them() -> None:
    text = to_text(Table(("name", "rate"), [("汕尾", 5), ("tiny-city", 1000)]))
    assert text == "NAME       RATE\n汕尾          5\ntiny-city  1000\n"
    assert {width(line) for line in text.splitlines()} == {15}


def test_an_empty_table_says_so() -> None:
    assert to_text(Table(("name",))) == "NAME\n(none)\n"


def test_missing_and_true_and_small_cells() -> None:
    assert to_text(Table(("a", "b", "c"), [(None, True, 0.123456)])) == "A  B         C\n-  yes  0.1235\n"


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_data_is_one_document(form: str) -> None:
    out = io.StringIO()
    show({"address": IPv4Address("10.0.0.1"), "名": ["切换"]}, Table(("x",), []), form=form, stream=out)
    if form == "json":
        assert json.loads(out.getvalue()) == {"address": "10.0.0.1", "名": ["切换"]}
        assert "切换" in out.getvalue()
    else:
        assert out.getvalue() == "address: 10.0.0.1\n名:\n- 切换\n"


def test_colour_only_repeats_a_word_and_only_for_a_terminal() -> None:
    table = Table(("name", "state"), [("r1", "up"), ("r2", "down")])
    out = Terminal()
    show({}, table, form="table", color="always", stream=out)
    assert out.getvalue().splitlines()[2] == "\x1b[31mr2    down\x1b[0m"
    assert "\x1b" not in out.getvalue().splitlines()[1]


@pytest.mark.parametrize(
    ("variables", "color", "is_terminal", "expected"),
    [
        ({}, "auto", True, True),
        ({}, "auto", False, False),
        ({"NO_COLOR": "1"}, "always", True, False),
        ({"NO_COLOR": ""}, "auto", True, True),
        ({"TERM": "dumb"}, "auto", True, False),
        ({"CLICOLOR_FORCE": "1"}, "auto", False, True),
        ({"CLICOLOR_FORCE": "1", "NO_COLOR": "1"}, "auto", False, False),
        ({}, "never", True, False),
    ],
)
def test_who_decides_about_colour(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], color: str, is_terminal: bool, expected: bool
) -> None:
    for name in ("NO_COLOR", "CLICOLOR_FORCE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert is_colored(color, Terminal() if is_terminal else io.StringIO()) is expected


def test_markdown_is_the_table_or_a_text_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    table = Table(("name", "objects"), [("a|b", 3), ("c\\d", 12)], note="that is all")
    show({}, table, form="markdown")
    assert capsys.readouterr().out == ("| name | objects |\n| --- | ---: |\n| a\\|b | 3 |\n| c\\\\d | 12 |\n\nthat is all\n")
    show({}, table, form="markdown", markdown="### said\n")
    assert capsys.readouterr().out == "### said\n"
    show({"a": 1}, None, form="markdown")
    assert capsys.readouterr().out == "```yaml\na: 1\n```\n"
