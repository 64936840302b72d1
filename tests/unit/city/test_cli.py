"""`citynode city …` through the real entry point."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.main import main


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(arguments)
    out = capsys.readouterr()
    return code, out.out, out.err


def test_check_of_the_plans_city(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _err = run(capsys, "city", "check", "--city", "shanwei", "-o", "json")
    data = json.loads(out)
    assert code == 0
    assert (data["ok"], data["routers"], data["self_built"], data["departments"]) == (True, 72, 60, 32)
    assert data["systems"] >= 90


def test_check_of_a_broken_city(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run(capsys, "city", "new", str(tmp_path / "mine"))[0] == 0
    systems = tmp_path / "mine" / "systems.yaml"
    systems.write_text(systems.read_text(encoding="utf-8").replace("plane: internet", "plane: internt"), encoding="utf-8")
    code, out, err = run(capsys, "city", "check", "--city", str(tmp_path / "mine"))
    assert (code, out) == (2, "")
    assert "there is no plane named 'internt'; did you mean 'internet'?" in err
    code, out, _err = run(capsys, "city", "check", "--city", str(tmp_path / "mine"), "-o", "json")
    assert code == 2
    assert [finding["code"] for finding in json.loads(out)["findings"]] == ["unknown-reference"]


def test_show(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _err = run(capsys, "city", "show", "haifeng-t01", "--city", "tiny", "-o", "json")
    assert code == 0
    assert json.loads(out)["addresses"][1]["ipv6"] == "2001:db8:7e21:7::1/127"
    assert "政务服务门户" in run(capsys, "city", "show", "systems", "--city", "tiny", "--lang", "zh")[1]
    code, _out, err = run(capsys, "city", "show", "rooters", "--city", "tiny")
    assert (code, "did you mean 'routers'?" in err) == (2, True)


def test_diff_has_an_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "city", "diff", "tiny", "tiny")[0] == 0
    code, out, _err = run(capsys, "city", "diff", "tiny", "shanwei", "-o", "json")
    assert (code, json.loads(out)["different"]) == (7, True)
