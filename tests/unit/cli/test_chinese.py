"""What people read in Chinese: no header, no state and no step stays English. Data keep their English words."""

from __future__ import annotations

import ast
import io
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from city.diff import Change as CityChange
from city.finding import Severity
from cli import lab, migrate_slots, migrate_views, mon_views, ops, stack_views
from cli.catalogue import PO
from cli.render import Table, show, to_markdown, to_text
from migrate import run as moves
from migrate.run import plan_steps
from migrate.slots import Slot
from monitoring.model import Round
from monitoring.rates import Gap, Rate
from network.cutover import store as cutovers
from network.push import journal
from ops import language
from stacks.engine.change import Action, CentreRun, Change

CLI = Path(lab.__file__).parent
SAME_IN_CHINESE = {"IPv4", "IPv6", "Mbit", "PID", "pid", "MLPS", "RTO", "RPO", "Pod", "TTL", "VLAN", "SNMP"}
NOW = datetime(2027, 1, 1, tzinfo=UTC)
CENTRE = {"name": "dc1", "changes": 3, "create": 1, "update": 1, "replace": 0, "delete": 1, "objects": 5, "seconds": 1.0}
RUN = CentreRun("dc1", tuple(Change(action, "Namespace", "permits") for action in Action), 5, 1.0)
SLOT = Slot("slot-1", "archive", "archives", date(2027, 1, 1), None, "", "wang", "")
MOVED = {
    **dict.fromkeys(("bytes", "rate_mbit", "rate_p95_mbit", "share_mbit", "outage_seconds", "lost_writes", "seconds"), 1),
    "system": "archive", "from": "room", "to": "dc1", "state": "watching", "source": "room", "target": "dc1",
}  # fmt: skip


@pytest.fixture
def in_chinese() -> Iterator[None]:
    language.use("zh", PO.parents[2])
    yield
    language.use("en", PO.parents[2])


def english(text: str) -> set[str]:
    """English words of more than two letters, names that Chinese keeps aside."""
    return set(re.findall(r"[A-Za-z][A-Za-z0-9]{2,}", text)) - SAME_IN_CHINESE


def tables() -> list[Table]:
    nobody = Round(NOW, 0.0, ())
    return [
        stack_views.summary([CENTRE], 1.0),
        stack_views.drift_table([RUN]),
        stack_views.lock_table([], NOW),
        migrate_views.moved_table(MOVED),
        migrate_views.status_table([MOVED]),
        migrate_slots._slot_table([SLOT]),
        mon_views.round_table(nobody),
        mon_views.rates_table(nobody, [Rate("pe1", "eth0", 1.0, gap=Gap.NEW)], {}),
        mon_views.top_table([], note=""),
        ops._table([]),
    ]


@pytest.mark.usefixtures("in_chinese")
def test_no_header_stays_english() -> None:
    for table in tables():
        header = to_text(Table(table.columns)).splitlines()[0]
        assert english(header) <= {"MBIT"}, header


@pytest.mark.parametrize("module", sorted(CLI.glob("*.py")), ids=lambda path: path.name)
def test_every_table_names_its_columns_where_the_catalogue_finds_them(module: Path) -> None:
    """Literally, or in a variable named `columns`: else they would stay English and no other test would say so."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Table":
            columns = node.args[0]
            is_found = isinstance(columns, ast.Tuple) or (isinstance(columns, ast.Name) and columns.id == "columns")
            assert is_found or "COLUMNS" in module.read_text(encoding="utf-8"), f"{module.name}:{node.lineno}"


@pytest.mark.usefixtures("in_chinese")
def test_no_state_stays_english() -> None:
    states = {*CityChange, *Severity, *Gap, SLOT.state, "cancelled", "not moved", "up", "degraded", "down"}
    states |= {moves.WATCHING, moves.MOVING, moves.BACK, moves.FINAL, moves.FAILED}
    states |= {cutovers.SEPARATE, cutovers.MOVING, cutovers.WATCHING, cutovers.MERGED, cutovers.FAILED}
    states |= {journal.ARMED, journal.KEPT, journal.ROLLED_BACK, journal.STUCK, journal.FAILED, journal.UNCHANGED}
    states |= {"begun", "resumed", "done", "failed", "interrupted", "undone", "waiting", "unfinished", "abandoned"}
    assert {state for state in states if english(language.word(state))} == set()
    assert "已申请" in to_text(migrate_slots._slot_table([SLOT]))
    assert "观察中" in to_text(migrate_views.status_table([MOVED]))
    assert moves._state_word({"state": "watching"}) == "其状态：观察中"
    assert moves._state_word({}) == "其状态：从未迁移"


@pytest.mark.usefixtures("in_chinese")
def test_no_step_stays_english() -> None:
    for name, text in plan_steps():
        assert not english(language.step_name(name)), name
        assert re.search(r"[\u4e00-\u9fff]", text), text
    assert language.step_name("wave-core") == "波次 core"
    assert language.step_name("join-wave-haifeng") == "接入 波次 haifeng"
    assert language.step_name("nobody-knows") == "nobody-knows"


@pytest.mark.usefixtures("in_chinese")
def test_figures_of_a_move_and_changes_of_a_stack_are_told_in_chinese() -> None:
    assert english(to_text(migrate_views.moved_table(MOVED))) == {"archive", "room", "dc1"}
    assert english(stack_views.first_changes([RUN])) == {"dc1", "Namespace", "permits"}
    page = stack_views.merge_summary("tiny", [RUN], "0" * 64)
    assert "1 新建, 1 更新, 1 重建, 1 删除" in page
    assert "+ dc1 新建 Namespace permits" in page


@pytest.mark.usefixtures("in_chinese")
def test_a_word_is_painted_by_what_it_says_and_a_name_is_never_translated() -> None:
    table = Table(("name", "state"), [("down", "down")], words=("state",))
    out = io.StringIO()
    show({}, table, form="table", color="always", stream=out)
    assert out.getvalue().splitlines()[1] == "\x1b[31mdown  故障\x1b[0m"
    assert "| down | 故障 |" in to_markdown(table)


def test_in_english_words_and_steps_are_what_they_are() -> None:
    assert (language.word("rolled-back"), language.step_name("wave-core"), language.N_("x")) == ("rolled-back", "wave-core", "x")
