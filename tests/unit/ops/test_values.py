"""Plans' hashes, secrets by reference, access files and small words: values in, values or a clear refusal out."""

from __future__ import annotations

import stat
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

import pytest

from ops.access import Access, SnmpV3, Ssh
from ops.errors import UsageProblem
from ops.plan import canonical, digest
from ops.reach import load_access, write_access
from ops.secrets import resolve
from ops.suggest import unknown


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True)
class Thing:
    b: int
    a: tuple[object, ...]


def test_the_hash_does_not_depend_on_order_or_type() -> None:
    assert digest({"b": 1, "a": [Colour.RED, IPv4Address("10.0.0.1")]}) == digest({"a": ("red", "10.0.0.1"), "b": 1})
    assert digest({"a": {"x", "y"}}) == digest({"a": {"y", "x"}})
    assert digest({"a": 1}) != digest({"a": 2})


def test_values_have_one_text() -> None:
    thing = Thing(1, (Path("/x"), timedelta(seconds=90), datetime(2026, 1, 2, tzinfo=UTC), None, True, "切换"))
    assert canonical(thing) == '{"a":["/x",90.0,"2026-01-02T00:00:00+00:00",null,true,"切换"],"b":1}'


@pytest.mark.parametrize("value", [float("nan"), {"x": object()}])
def test_what_has_no_json_form_has_no_hash(value: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        digest(value)


def test_secrets_by_variable_and_by_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THE_KEY", "s3cret")
    assert resolve("env:THE_KEY") == "s3cret"
    path = tmp_path / "key"
    path.write_text("from file\n")
    path.chmod(0o600)
    assert resolve(f"file:{path}") == "from file"


@pytest.mark.parametrize(
    "reference", ["hunter2", "env:", "env:NOT_SET_ANYWHERE", "file:/nowhere", "vault:x", "file:{open}", "file:{empty}"]
)
def test_a_refused_secret_is_named_but_never_shown(tmp_path: Path, reference: str) -> None:
    (tmp_path / "open").write_text("hunter2")
    (tmp_path / "open").chmod(0o644)
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "empty").chmod(0o600)
    with pytest.raises(UsageProblem) as refused:
        resolve(reference.format(open=tmp_path / "open", empty=tmp_path / "empty"))
    assert "hunter2" not in f"{refused.value} {refused.value.hint}"
    assert refused.value.hint


def access(folder: Path) -> Access:
    ssh = Ssh(user="netops", key=folder / "key", known_hosts=folder / "known")
    snmp = SnmpV3(user="mon", auth="file:/a", privacy="file:/p")
    return Access(city="tiny", lab="b", management=IPv4Network("10.192.0.0/16"), ssh=ssh, probe=ssh, snmp=snmp)


def test_an_access_file_comes_back_as_it_went(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "access.yaml"
    write_access(access(tmp_path), path)
    assert load_access(path) == access(tmp_path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["access.yaml"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("city: [tiny", "access.yaml:1 is not YAML"),
        ("- a\n- b", "is not a valid access file"),
        ("city: tiny\ncty: x\nmanagement: 10.0.0.300/8\n", "5 problem(s)"),
        ("\xff", "is not"),
    ],
)
def test_a_broken_access_file_is_told_in_one_go(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "access.yaml"
    path.write_text(text, encoding="latin-1")
    with pytest.raises(UsageProblem) as problem:
        load_access(path)
    assert told in problem.value.what


def test_every_problem_of_an_access_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "access.yaml"
    path.write_text("city: tiny\ncty: x\nmanagement: 10.0.0.300/8\n")
    with pytest.raises(UsageProblem) as problem:
        load_access(path)
    for key in ("cty", "management", "ssh", "probe", "snmp"):
        assert f"{key}: " in problem.value.why


def test_a_missing_access_file_says_where_one_comes_from(tmp_path: Path) -> None:
    with pytest.raises(UsageProblem) as problem:
        load_access(tmp_path / "none.yaml")
    assert "citynode lab up" in problem.value.hint


def test_the_nearest_name() -> None:
    assert unknown("system", "ofice", ["office", "tax"]).hint == "did you mean 'office'?"
    assert unknown("system", "zzz", ["office", "tax"]).hint == "known: office, tax"
