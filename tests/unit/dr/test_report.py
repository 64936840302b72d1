"""A report is complete in either language, and nothing in its picture is cut off."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from city.load import load_city
from dr.checks import switchover_checks
from dr.ledger import Event, Ledger
from dr.observe import Observed, no_primary
from dr.picture import draw, text_width
from dr.report import write_reports
from dr.topology import Topology
from dr.words import CHECKS, WORDS, check_words
from ops.errors import Unreachable

RESULT: dict[str, Any] = {
    "drill": "g1-20260101-000000-abcd", "kind": "switchover", "group": "g1", "from": "dc1", "to": "dc2", "vantage": "province",
    "began": "2026-01-01T00:00:00+00:00", "passed": False, "findings": [{"code": "lost", "system": "service-portal", "count": 3}],
    "systems": [{
        "name": "service-portal", "rto_seconds": 4.0, "rpo_seconds": 0.5, "acknowledged": 100, "lost": 3, "indeterminate": 1,
        "indeterminate_present": 0, "unexpected": 0, "baseline_ms": 4.0, "baseline_slowest_ms": 9.0,
    }],
    "lost_writes": 3, "leftovers": 0, "writable_sides_max": 1, "timeline": [{"event": "requested", "seconds": 0.0}],
    "promised": {"rto_seconds": 60.0, "rpo_seconds": 0.0}, "plan_hash": "p" * 64, "ledger_sha256": "l" * 64,
    "checks": [
        {"name": "reachable-dc1", "ok": True, "detail": "dc1 answers", "seen": "dc1"},
        {"name": "lag", "ok": True, "detail": "dc2 is 7 bytes behind", "seen": "7 B"},
    ],
}  # fmt: skip


@pytest.fixture
def reports(tmp_path: Path) -> dict[str, str]:
    """The same failed drill in every language."""
    (tmp_path / "ledger.jsonl").write_text('{"s":"service-portal","n":1000000001,"a":0.9,"b":1.0,"r":"ok"}\n')
    (tmp_path / "sides.jsonl").write_text('{"m":"dc1","a":0.9,"b":1.0,"r":"primary","t":"00000001"}\n')
    (tmp_path / "events.jsonl").write_text('{"e":"requested","t":1.0,"w":5.0}\n')
    return {
        path.stem.removeprefix("report-"): path.read_text(encoding="utf-8") for path in write_reports(tmp_path, RESULT, load_city("tiny"))
    }


def test_each_language_says_the_whole_verdict(reports: dict[str, str]) -> None:
    for word in ("未通过", "丢失 3 条已确认的写入", "政务服务门户", "备库滞后", "中心应答", "7 B", "<svg"):
        assert word in reports["zh"]
    for word in ("not passed", "3 acknowledged writes are lost", "government service portal", "the centre answers", "7 B", "<svg"):
        assert word in reports["en"]
    assert "dc1 answers" not in reports["zh"]  # what was said in one language is no part of the other's report


def test_every_check_has_its_words(where: Topology, healthy: Observed) -> None:
    names = {check.name for check in switchover_checks(where, healthy, "dc1", "dc2")} | {"no-leftovers"}
    assert all(check_words(name, lang) != name for name in names for lang in WORDS)
    assert all(set(words) == set(WORDS) for words in CHECKS.values())


@pytest.mark.parametrize("name", ["政务服务门户政务服务门户政务服务门户", "the very long name of a government service portal"])
def test_a_long_name_makes_room_for_itself(name: str) -> None:
    svg = draw(Ledger((), (), (Event("requested", 0.0, 0.0),)), ["portal"], [], [], WORDS["en"], lambda _name: name)
    label = re.search(rf'<text x="([0-9.]+)"[^>]*text-anchor="end">{name}<', svg)
    assert label is not None
    assert float(label[1]) >= text_width(name)


def test_a_group_without_a_primary_is_unreachable_where_a_member_is_silent(where: Topology, healthy: Observed) -> None:
    silent = replace(healthy, members=tuple(replace(view, facts=None, error=f"{view.centre} is silent") for view in healthy.members))
    error = no_primary(where, silent)
    assert isinstance(error, Unreachable)
    assert "dc2 is silent" in error.why
    nobody = replace(
        healthy, members=tuple(replace(view, facts=view.facts and replace(view.facts, is_standby=True)) for view in healthy.members)
    )
    assert no_primary(where, nobody).exit_code == 1
