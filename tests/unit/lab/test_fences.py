"""NetworkPolicies become fences as the API's words say; a form that isn't known opens nothing and says so.

Cases: Kubernetes objects, and beside them the table that the kernel gets. `make goldens` writes those anew.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from ipaddress import IPv4Network, IPv6Network, ip_address
from pathlib import Path
from typing import Any

import pytest

from city.model import City
from lab.fences import notes, parse
from lab.fences.follow import Followed
from lab.fences.health import Seen, judge
from lab.fences.model import Direction, Namespace, Pod, Policy, View
from lab.fences.plan import plan
from lab.fences.render import OUT_OF_BAND, digest_of, render
from lab.fences.settings import Settings, Told
from lab.wires.ends import MANAGEMENT
from ops import yaml
from stacks.declare.placement import zones_at
from stacks.declare.policies import network_policies
from tests.goldens import agrees

CASES = Path(__file__).parents[2] / "cases" / "fences"
RANGES = (IPv4Network("10.64.0.0/16"), IPv6Network("2001:db8::/64"))


def documents(path: Path) -> list[Any]:
    return list(yaml.load_all(path.read_text(encoding="utf-8")))


def view_of(objects: Iterable[Any]) -> View:
    """What an API server that holds these objects says."""
    things = [parse.KINDS[path](item) for item in objects for path in parse.KINDS if path.endswith(f"/{plural(item['kind'])}")]
    return View(
        RANGES,
        tuple(thing for thing in things if isinstance(thing, Namespace)),
        tuple(thing for thing in things if isinstance(thing, Pod)),
        tuple(thing for thing in things if isinstance(thing, Policy)),
    )


def plural(kind: str) -> str:
    return "networkpolicies" if kind == "NetworkPolicy" else f"{kind.lower()}s"


def names(folder: str) -> list[str]:
    return sorted(path.stem for path in (CASES / folder).glob("*.yaml"))


@pytest.mark.parametrize("name", names("kept"))
def test_policies_become_the_table_beside_them(name: str) -> None:
    text, path = render(plan(view_of(documents(CASES / "kept" / f"{name}.yaml")))), CASES / "kept" / f"{name}.nft"
    agrees(path, text)


@pytest.mark.parametrize("name", names("kept"))
def test_nftables_reads_every_table(name: str) -> None:
    done = subprocess.run(["nft", "--check", "--file", CASES / "kept" / f"{name}.nft"], capture_output=True, text=True, check=False)
    if "Operation not permitted" in done.stderr:
        pytest.skip("nft --check needs root")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", names("refused"))
def test_a_form_that_is_not_known_is_named_and_opens_nothing(name: str) -> None:
    (spec,) = documents(CASES / "refused" / f"{name}.yaml")
    policy = parse.policy({"metadata": {"name": "p", "namespace": "z", "uid": "1234567890", "generation": 2}, "spec": spec})
    assert [f"{direction}: {why}" for direction, why in policy.refused.items()] == (
        CASES / "refused" / f"{name}.txt"
    ).read_text().splitlines()
    pod = Pod("z", "a", {"level": "4"}, (ip_address("10.64.0.2"),))
    fences = plan(View(RANGES, (Namespace("z", {}),), (pod,), (policy,))).fences
    assert {fence.direction for fence in fences} >= set(policy.refused)
    assert all(fence.passages == () for fence in fences if fence.direction in policy.refused)
    path, event = notes.event(policy, datetime(2026, 1, 1, tzinfo=UTC))
    assert path == "/api/v1/namespaces/z/events/p.12345678.2"
    assert (event["reason"], event["involvedObject"]["name"], event["lastTimestamp"]) == ("NotEnforceable", "p", "2026-01-01T00:00:00Z")
    assert all(why in event["message"] for why in policy.refused.values())


@pytest.mark.parametrize("city_name", ["tiny", "shanwei"])
def test_every_policy_that_citynode_writes_can_be_enforced(city_name: str, request: pytest.FixtureRequest) -> None:
    city: City = request.getfixturevalue(city_name)
    zones = [zone for centre in city.centres for zone in zones_at(city, centre)]
    policies = [parse.policy(manifest.body) for zone in zones for manifest in network_policies(zone, city)]
    assert len(policies) == 2 * len(zones)
    assert [notes.refusals(policy) for policy in policies if policy.refused] == []
    assert all(set(policy.openings) == set(Direction) for policy in policies)


def raw_pod(ready: str = "True", **labels: str) -> dict[str, Any]:
    about = {"name": "a", "namespace": "z", "labels": labels, "resourceVersion": "1"}
    status = {"phase": "Running", "podIPs": [{"ip": "10.64.0.2"}], "conditions": [{"type": "Ready", "status": ready}]}
    return {"metadata": about, "spec": {}, "status": status}


def test_only_what_matters_rings_the_bell() -> None:
    followed = Followed(RANGES, parse.KINDS)
    for path in parse.KINDS:
        assert followed.view is None
        followed.replace(path, [])
    assert followed.wait(0)
    assert followed.view == View(RANGES)
    for kind, item, rings in (
        ("ADDED", raw_pod("False"), True),
        ("MODIFIED", raw_pod("True"), False),
        ("BOOKMARK", raw_pod("True", app="web"), False),
        ("MODIFIED", raw_pod("True", app="web"), True),
        ("DELETED", raw_pod("True", app="web"), True),
    ):
        followed.change("/api/v1/pods", kind, item)
        assert followed.wait(0) is rings, (kind, item)
    assert followed.view == View(RANGES)


def test_while_the_server_is_away_what_was_known_stays() -> None:
    followed = Followed(RANGES, parse.KINDS)
    for path in parse.KINDS:
        followed.replace(path, [raw_pod()] if path.endswith("pods") else [])
    before = followed.view
    followed.wait(0)
    followed.lose("/api/v1/pods", "refused")
    assert (followed.wait(0), followed.away, followed.view) == (True, "refused", before)
    followed.lose("/api/v1/pods", "refused")
    assert followed.wait(0) is False
    followed.replace("/api/v1/pods", [raw_pod()])
    assert (followed.wait(0), followed.away, followed.view) == (True, "", before)


FINE = Told("d1", zones=2, pods=3, policies=4)


@pytest.mark.parametrize(
    ("seen", "state", "detail"),
    [
        (Seen(is_running=True, told=FINE, standing="d1"), "up", "2 zones fenced; 4 policies; 3 pods"),
        (Seen(is_running=False, told=FINE, standing="d1"), "down", "the agent isn't running; the last rules are in force"),
        (Seen(is_running=False, told=None, standing=""), "down", "the agent isn't running; no rules are in force"),
        (Seen(is_running=True, told=None, standing="d1"), "degraded", "the agent has just begun; the last rules are in force"),
        (Seen(is_running=True, told=FINE, standing="d2"), "degraded", "the kernel has other rules; the last rules are in force"),
        (
            Seen(is_running=True, told=Told("d1", away="refused"), standing="d1"),
            "degraded",
            "the API server is away (refused); the last rules are in force",
        ),
        (Seen(is_running=True, told=Told("", failed="nft: no"), standing="d1"), "degraded", "nft: no; the last rules are in force"),
        (
            Seen(is_running=True, told=Told("d1", 1, 1, 1, ("z/p ingress: SCTP",)), standing="d1"),
            "degraded",
            "1 zones fenced; 1 policies; 1 pods; closed, not enforceable: z/p ingress: SCTP",
        ),
    ],
)
def test_the_status_says_how_a_centre_is_fenced(seen: Seen, state: str, detail: str) -> None:
    row = judge("dc1", seen)
    assert (row.kind, row.name, row.state, row.detail) == ("fences", "dc1", state, detail)


def test_the_agent_s_two_files_are_read_as_they_were_written(tmp_path: Path) -> None:
    settings = Settings("dc1", "127.0.0.1", 6443, "ca", "crt", "key", tuple(map(str, RANGES)), "told")
    settings.write(tmp_path / "settings")
    assert Settings.read(tmp_path / "settings") == settings
    assert settings.networks == RANGES
    assert Told.read(tmp_path / "told") is None
    FINE.write(tmp_path / "told")
    assert Told.read(tmp_path / "told") == FINE
    (tmp_path / "told").write_text("{")
    assert Told.read(tmp_path / "told") is None


def test_a_table_is_known_again_by_its_content_alone() -> None:
    view = view_of(documents(CASES / "kept" / "some-pods.yaml"))
    table, other = render(plan(view)), render(plan(View(RANGES)))
    turned = View(RANGES, view.namespaces[::-1], view.pods[::-1], view.policies[::-1])
    assert render(plan(turned)) == table
    assert digest_of(table) != digest_of(other)
    assert digest_of("table inet citynode_fences {\n\tset pods4 {\n\t}\n}\n") == ""


def test_words_of_a_selector_never_become_rules() -> None:
    sly = {"matchExpressions": [{"key": "app", "operator": "In", "values": ["x\n\t}\n}\nflush ruleset"]}]}
    spec = {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{"from": [{"podSelector": sly}, {"podSelector": {}}]}]}
    policy = parse.policy({"metadata": {"name": "p", "namespace": "z", "uid": "1", "generation": 1}, "spec": spec})
    pods = tuple(Pod("z", f"p{n}", {"app": "x\n\t}\n}\nflush ruleset"}, (ip_address(f"10.64.0.{n}"),)) for n in (2, 3))
    text = render(plan(View(RANGES, (Namespace("z", {}),), pods, (policy,))))
    assert [line for line in text.splitlines() if "flush" in line] == ["\t\t# pods app in (x??}?}?flush ruleset) of z"]


def test_the_agent_stays_a_small_program() -> None:
    ask = (
        "import lab.fences.agent, sys; print(*sorted({'city', 'pydantic', 'kubernetes', 'cryptography', 'pyroute2'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", ask], cwd=Path(__file__).parents[3], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_the_fences_mean_the_card_that_the_wires_make() -> None:
    assert OUT_OF_BAND == MANAGEMENT


def test_a_fence_names_its_policies() -> None:
    (fence,) = plan(view_of(documents(CASES / "kept" / "overlapping-blocks.yaml"))).fences
    assert (fence.zone, fence.direction, fence.policies, fence.number) == ("z", Direction.EGRESS, ("blocks",), 1)
