"""The whole lab, its centres among it: what it shows, and a centre that nobody reaches."""

from __future__ import annotations

from collections import Counter

from lab.clusters.programs import SCHEDULER
from tests.lab.rig import Rig, await_whole, health
from tests.waiting import wait_until


def test_status_lists_every_router_link_cluster_and_host(lab: Rig) -> None:
    await_whole(lab)
    found = lab.ok("lab", "status")
    counts = Counter(item["kind"] for item in found["health"])
    assert found["ok"], [item for item in found["health"] if item["state"] != "up"]
    assert counts == {
        "router": 7,
        "link": 23,
        "site": 7,
        "cluster": 3,
        "fences": 3,
        "dcs": 3,
        "postgres": 3,
        "host": 2,
        "dns": 2,
        "service": 5,
        "edge": 2,
        "backup": 1,
        "metrics": 1,
        "plane": 1,
        "private router": 2,
        "private host": 4,
        "private line": 8,
        "enclave": 2,
    }
    assert {item["name"] for item in found["health"] if item["kind"] == "router"} == set(lab.city.router_by_name)


def test_status_in_chinese_says_every_kind_in_chinese(lab: Rig) -> None:
    """DNS and PostgreSQL are called so in Chinese, too."""
    shown = lab.run("lab", "status", "--lang", "zh").out
    kinds = [line.split()[0] for line in shown.splitlines()[1:] if line.strip()]
    assert len(kinds) == len({item["kind"] for item in lab.ok("lab", "status")["health"]}), shown
    assert {kind for kind in kinds if kind.isascii()} <= {"DNS", "PostgreSQL"}, shown


def _dark_and_lit(lab: Rig) -> tuple[str, str, str]:
    now = health(lab)
    return now["dcs", "dc3"]["state"], now["cluster", "dc3"]["state"], now["dcs", "dc1"]["state"]


def test_a_dark_centre_lives_on_inside_and_is_reached_by_nobody(whole: Rig) -> None:
    whole.ok("lab", "break", "centre", "dc3")
    # dc1 is well again once the quorum that is left has agreed on a leader
    wait_until(lambda: _dark_and_lit(whole), lambda seen: seen == ("down", "down", "up"), seconds=30, pause=1)
    assert whole.box().alive("dc3", "patroni")
    assert whole.run("mon", "top").code == 3
    whole.box().stop("dc3", SCHEDULER, grace=0)
    whole.ok("lab", "break", "host", "archive")
    whole.ok("lab", "heal", "archive")  # starts what doesn't run in the dark, too, and waits for nobody's answer from there
    assert whole.box().alive("dc3", SCHEDULER)
    whole.ok("lab", "heal", "dc3")
    await_whole(whole, 90)
