"""What a cutover is planned to do: data of the shipped cities beside what is printed, pushed and loaded; bad data beside its words.

`make goldens` writes the expected texts anew.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from city.model import City
from network.cutover import border, hosts
from network.cutover.lines import joining, leaving, with_lines, without_lines
from network.cutover.plan import Cutover, plan_cutover
from network.dialect import dialect
from network.diff import diff
from network.tree import Tree, parse
from ops import language
from ops.errors import CitynodeError
from tests.goldens import agrees
from tests.unit.network.cutover.conftest import CASES

BAD = sorted((CASES / "bad").glob("*.yaml"))


def test_lines_that_are_typed_are_the_same_in_every_language(finance: Cutover, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = joining(finance, "finance-gw")
    monkeypatch.setattr(language, "_translate", lambda _text: "中文")
    assert joining(finance, "finance-gw") == lines


@pytest.mark.parametrize(
    ("name", "network"), [("tiny", "finance"), ("tiny", "human-resources"), ("shanwei", "finance"), ("shanwei", "human-resources")]
)
def test_plan_of_a_shipped_network(name: str, network: str, request: pytest.FixtureRequest) -> None:
    city: City = request.getfixturevalue(name)
    cut = plan_cutover(city, network)
    good = CASES / "good" / f"{name}-{network}"
    router = cut.network.routers[0].name
    lines = "\n".join(line for header, inside in joining(cut, router).items() for line in (header, *(f" {one}" for one in inside)))
    agrees(good.with_suffix(".json"), json.dumps(cut.as_data(), ensure_ascii=False, indent=1) + "\n")
    agrees(good.with_suffix(".conf"), lines + "\n")
    agrees(good.with_suffix(".nft"), border.ruleset(cut, router, cut.users))


@pytest.mark.parametrize("case", BAD, ids=lambda path: path.stem)
def test_bad_network_is_refused(case: Path, edited: Callable[[Path], City]) -> None:
    with pytest.raises(CitynodeError) as refused:
        plan_cutover(edited(case), "finance")
    problem = refused.value
    agrees(case.with_suffix(".txt"), f"{problem.exit_code}: {problem}\ntry: {problem.hint}\n")


def test_unknown_network_is_told_the_nearest(tiny: City) -> None:
    with pytest.raises(CitynodeError) as refused:
        plan_cutover(tiny, "finanse")
    assert (refused.value.exit_code, refused.value.what) == (2, "there is no private network named 'finanse'")
    assert refused.value.hint == "did you mean 'finance'?"


def test_hash_is_of_what_is_approved(tiny: City, shanwei: City, finance: Cutover) -> None:
    same = plan_cutover(tiny.model_copy(), "finance")
    network = finance.network.model_copy(update={"users": ("dc1", "dc2")})
    other = Cutover(tiny.model_copy(update={"private_networks": (network,)}), network)
    assert finance.plan_hash == same.plan_hash
    assert len({finance.plan_hash, other.plan_hash, plan_cutover(shanwei, "finance").plan_hash}) == 3


def test_joining_twice_changes_nothing_and_leaving_takes_the_old_addresses_alone(finance: Cutover) -> None:
    """What a killed run pushed half-way is pushed again, and what the department set up stays."""
    rules = dialect(finance.merged.router_by_name["finance-gw"].dialect)
    before = rules.parse((CASES / "found" / "finance-gw.running").read_text(encoding="utf-8"))
    joined = with_lines(before, joining(finance, "finance-gw"))
    assert with_lines(joined, joining(finance, "finance-gw")) == joined
    assert next(node.line for node in joined.section("interface lan0")) == "ip address 10.17.1.1/24"
    left = without_lines(joined, leaving(finance, "finance-gw"))
    assert [change.line for change in diff(joined, left, rules).changes] == ["ip address 10.16.1.1/24"]
    back = diff(joined, before, rules)
    assert all(change.sign == "-" for change in back.changes)
    assert not diff(before, before, rules)


def test_old_ranges_are_never_announced_into_the_plane(finance: Cutover) -> None:
    """Another network in the same plane may have the very same addresses: OSPF runs on new addresses only."""
    lines = joining(finance, "finance-gw")
    assert not [line for line in lines["interface lan0"] if line.startswith("ip ospf")]
    routed = [line for line in lines["interface lan1"] if line.startswith("ip ospf")]
    assert routed == ["ip ospf area 0.0.0.0 10.48.2.1", "ip ospf passive 10.48.2.1"]


def test_border_without_users_lets_nobody_in(finance: Cutover) -> None:
    closed = border.ruleset(finance, "finance-gw", ())
    assert [line.strip() for line in closed.partition(border.GATE + " {")[2].splitlines() if "accept" in line or "drop" in line] == [
        "type filter hook forward priority filter; policy accept;",
        'iifname != "ge1" accept',
        "ct state established,related accept",
        "counter drop",
    ]


def test_a_translated_host_is_never_renumbered(finance: Cutover) -> None:
    translated = next(move for move in finance.hosts if move.name == "finance-budget")
    renumbered = next(move for move in finance.hosts if move.name == "finance-treasury")
    assert (hosts.switch(translated), hosts.retire(translated)) == (hosts.NOTHING, hosts.NOTHING)
    assert "ip address replace 10.48.1.10" not in hosts.dual(translated)
    assert (translated.inside, renumbered.inside) == (translated.old.ip, renumbered.new.ip)
    assert "src 10.48.2.20" in hosts.switch(renumbered)


def test_lines_keep_their_order_in_a_tree() -> None:
    tree = parse("interface lan0\n ip address 10.0.0.1/24\nexit\n")
    assert with_lines(tree, {"interface lan0": ("ip address 10.0.0.1/24",)}) == tree
    assert without_lines(Tree(), {"interface lan0": ("x",)}) == Tree()
