from __future__ import annotations

from dataclasses import replace

import pytest

from dr.findings import FINDINGS, say
from dr.ledger import Event, Ledger, Look, Outcome, Write
from dr.picture import draw
from dr.plan import Settings, plan_switchover
from dr.topology import Topology
from dr.verdict import verdict
from dr.words import WORDS
from ops.errors import UsageProblem


def test_the_plan_goes_from_checks_to_report_and_is_hashed(where: Topology) -> None:
    plan = plan_switchover(where, source="dc1", target="dc2", vantage="province")
    assert [step.name for step in plan.steps] == [
        "precheck", "prepare", "probe-on", "baseline", "switchover", "settle", "probe-off", "judge", "cleanup", "report",
    ]  # fmt: skip
    assert plan.hash == plan_switchover(where, source="dc1", target="dc2", vantage="province").hash


def test_what_is_measured_is_part_of_what_is_approved(where: Topology) -> None:
    plan = plan_switchover(where, source="dc1", target="dc2", vantage="province")
    stricter = replace(where, group=where.group.model_copy(update={"rto_seconds": 1.0}))
    others = [
        plan_switchover(where, source="dc2", target="dc1", vantage="province"),
        plan_switchover(where, source="dc1", target="dc2", vantage="internet"),
        plan_switchover(where, source="dc1", target="dc2", vantage="province", settings=Settings(baseline_seconds=9)),
        plan_switchover(stricter, source="dc1", target="dc2", vantage="province"),
    ]
    assert len({plan.hash, *(each.hash for each in others)}) == 5


@pytest.mark.parametrize(("target", "says"), [("dc3", "can't become primary"), ("dc1", "already primary"), ("dc9", "no centre named")])
def test_impossible_targets_are_refused(where: Topology, target: str, says: str) -> None:
    with pytest.raises(UsageProblem, match=says):
        plan_switchover(where, source="dc1", target=target, vantage="province")


def a_ledger() -> Ledger:
    """Good writes until 1.0, silence, good writes from 4.0 on; asked for at 0.9."""
    times = [0.1 * number for number in range(1, 11)] + [4.0, 4.1, 4.2]
    writes = tuple(Write("portal", 10**9 + number, at - 0.01, at, Outcome.OK) for number, at in enumerate(times, start=1))
    looks = (
        Look("dc1", 0.0, 0.01, "primary", "00000001"), Look("dc1", 0.95, 0.96, "primary", "00000001"),
        Look("dc1", 2.0, 2.01, "unreachable"),
        Look("dc2", 0.0, 0.01, "standby"), Look("dc2", 3.5, 3.51, "primary", "00000002"), Look("dc2", 4.3, 4.31, "primary", "00000002"),
    )  # fmt: skip
    return Ledger(writes, looks, (Event("requested", 0.9, 0.0), Event("protected", 4.2, 0.0)))


def test_a_kept_promise_passes_and_a_broken_one_is_named(where: Topology) -> None:
    plan = plan_switchover(where, source="dc1", target="dc2", vantage="province")
    ledger = a_ledger()
    rows = {write.number for write in ledger.writes}
    good = verdict(plan, ledger, {"portal": rows}, primary="dc2")
    assert good["findings"] == []
    assert good["systems"][0]["rto_seconds"] == pytest.approx(3.0)
    assert good["writable_sides_max"] == 1
    lossy = verdict(plan, ledger, {"portal": rows - {10**9 + 10}}, primary="dc2")
    assert (lossy["lost_writes"], {each["code"] for each in lossy["findings"]}) == (1, {"lost", "rpo"})
    hasty = verdict(replace(plan, rto_seconds=2.0), ledger, {"portal": rows}, primary="dc1")
    assert {each["code"] for each in hasty["findings"]} == {"rto", "wrong-primary"}


def test_every_finding_and_word_exists_in_both_languages(where: Topology) -> None:
    assert set(WORDS["zh"]) == set(WORDS["en"])
    assert all(set(words) == {"zh", "en"} for words in FINDINGS.values())
    plan = plan_switchover(where, source="dc1", target="dc2", vantage="province")
    blind = verdict(plan, Ledger((), (), ()), {}, primary="dc1")
    assert all(say(each, lang) for each in blind["findings"] for lang in ("zh", "en"))
    assert {each["code"] for each in blind["findings"]} == {"no-return", "no-request", "sides", "unheard", "wrong-primary"}


def test_the_picture_escapes_names_and_shows_the_outage() -> None:
    ledger = a_ledger()
    svg = draw(ledger, ["portal"], ["dc1", "dc2"], [{"event": "requested", "seconds": 0.0}], WORDS["zh"], lambda name: f"<{name}>")
    assert "&lt;portal&gt;" in svg
    assert "3.00 s" in svg
    assert "<portal>" not in svg
