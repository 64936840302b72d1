"""A VRP or Comware router's running text, what it shall hold, and the lines that bring it there: typed into a router on paper.

Beside each expected patch stands what annet's whole patch would be (`.annet`), so that a new release of it is noticed and our
reasons for ordering ourselves can be read. `make goldens` writes the expected files anew.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from city.model import City, Dialect
from network.dialect import dialect
from network.dialect.vendor.kinds import known
from network.dialect.vendor.rulebook import cancels
from network.dialect.vendor.rulebook import patch as annet_patch
from network.dialect.vendor.speaker import SPEAKERS
from network.intent.router import intents
from network.patch import Patch
from network.rollout import Rollout
from network.tree import Node, Tree
from tests.goldens import agrees
from tests.unit.network.bench import tiny
from tests.unit.network.typist import Refused, Typist

CASES = Path(__file__).parents[2] / "cases" / "network" / "vendor"
NAMES = sorted(path.stem for path in CASES.glob("*.running"))
VENDORS = sorted(SPEAKERS)


def trees(name: str) -> tuple[Tree, Tree]:
    speaker = SPEAKERS[Dialect(name.split("-", maxsplit=1)[0])]
    running, wanted = (speaker.parse((CASES / f"{name}.{part}").read_text(encoding="utf-8")) for part in ("running", "wanted"))
    return running, wanted


def patch_of(name: str) -> Patch:
    return SPEAKERS[Dialect(name.split("-", maxsplit=1)[0])].patch(*trees(name))


def expect(path: Path, text: str) -> None:
    agrees(path, text)


@pytest.mark.parametrize("name", NAMES)
def test_the_lines_that_end_the_difference(name: str) -> None:
    patch = patch_of(name)
    word = "disruptive" if patch.is_disruptive else "harmless"
    expect(CASES / f"{name}.patch", f"# {word}\n{patch.text()}\n# commands\n" + "\n".join(patch.commands) + "\n")


@pytest.mark.parametrize("name", NAMES)
def test_what_the_rulebooks_alone_would_say(name: str) -> None:
    running, wanted = trees(name)
    model = SPEAKERS[Dialect(name.split("-", maxsplit=1)[0])].model
    try:
        lines = _lines(annet_patch(model, _config(running.nodes), _config(wanted.nodes)), 0)
    except AttributeError as broken:  # 4.8.3 fails on an H3C interface that goes; ours never asks it about one
        lines = [f"annet fails: {broken}"]
    expect(CASES / f"{name}.annet", "\n".join(lines) + "\n")


@pytest.mark.parametrize("name", NAMES)
def test_typing_the_lines_leaves_no_difference(name: str) -> None:
    running, wanted = trees(name)
    speaker = SPEAKERS[Dialect(name.split("-", maxsplit=1)[0])]
    assert speaker.patch(Typist(running).type(patch_of(name).commands), wanted).changes == ()


def test_there_are_cases_of_every_dialect() -> None:
    assert {name.split("-")[0] for name in NAMES} == set(VENDORS)
    assert len(NAMES) >= 12


@pytest.mark.parametrize("spoken", VENDORS)
def test_every_router_comes_up_goes_dual_and_back(spoken: Dialect) -> None:
    """From an empty router to the intent, to both families and back: each patch is taken, each leaves nothing to do."""
    city = speaking(spoken)
    speaker = dialect(spoken)
    everyone = Rollout(frozenset(city.router_by_name))
    single, dual = intents(city, Rollout()), intents(city, everyone)
    for name in ("pe1", "core1", "haifeng-agg1", "haifeng-t01"):
        tree = Tree()
        for intent in (single[name], dual[name], single[name]):
            wanted = speaker.render(intent)
            tree = Typist(tree).type(speaker.patch(tree, wanted).commands)
            assert speaker.patch(tree, wanted).changes == (), (name, spoken)
            assert speaker.parse(speaker.printed(tree)) == speaker.parse(speaker.printed(speaker.parse(speaker.printed(tree))))


@pytest.mark.parametrize("spoken", VENDORS)
def test_a_physical_interface_is_never_removed(spoken: Dialect) -> None:
    speaker = dialect(spoken)
    full = speaker.render(intents(speaking(spoken), Rollout(), ["core1"])["core1"])
    commands = speaker.patch(full, Tree()).commands
    removed = [line for line in commands if line.startswith("undo interface ")]
    assert removed
    assert all("." in line for line in removed)


def test_our_table_says_no_undo_that_the_rulebooks_know() -> None:
    """Each kind's own way to be cancelled differs from annet's in some dialect; else the rulebooks are asked."""
    same: dict[str, bool] = {}
    for spoken, speaker in SPEAKERS.items():
        city = speaking(spoken)
        for intent in intents(city, Rollout(frozenset(city.router_by_name)), ["core1", "pe1", "haifeng-agg1"]).values():
            for path, node in speaker.parse(speaker.printed(speaker.render(intent))).walk():
                found = known(path, node.line)
                if found is not None and found.undo():
                    answer = cancels(speaker.model, [(path, node.line)]).get((path, node.line))
                    same[found.kind.name] = same.get(found.kind.name, True) and answer == found.undo()
    assert [name for name, is_same in same.items() if is_same] == []


def test_the_paper_router_refuses_what_a_device_refuses() -> None:
    bound = Tree((Node("interface GigabitEthernet0/1/1"),))
    with pytest.raises(Refused, match="refers to what isn't there"):
        Typist(bound).type(["interface GigabitEthernet0/1/1", "traffic-filter acl 3621 inbound", "quit"])
    with pytest.raises(Refused, match="stands where"):
        Typist(Tree()).type(["bgp 1", "peer 192.0.2.1 as-number 1", "peer 192.0.2.1 as-number 2", "quit"])
    with pytest.raises(Refused, match="two rules say"):
        Typist(Tree()).type(["acl advanced 3621", "rule 5 permit ip", "rule 10 permit ip", "quit"])


def speaking(spoken: Dialect) -> City:
    city = tiny()
    return city.model_copy(update={"routers": tuple(router.model_copy(update={"dialect": spoken}) for router in city.routers)})


def _config(nodes: tuple[Node, ...]) -> dict[str, Any]:
    return {node.line: _config(node.children) for node in nodes}


def _lines(tree: Any, depth: int) -> list[str]:
    return [
        line for row, inside in tree.items() for line in (" " * depth + row, *(_lines(inside, depth + 1) if inside is not None else []))
    ]
