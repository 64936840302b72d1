"""The content edges of the lab: pages are kept near their readers, and served on while a system is away."""

from __future__ import annotations

from tests.lab.rig import Rig
from tests.waiting import wait_until


def served(lab: Rig) -> dict[tuple[str, str], str]:
    """What the internet's side gets of every edge and system: the cache's word, where the page came."""
    rows = lab.ok("net", "edges", "look")["edges"]
    assert {row["ipv4"]["status"] for row in rows} == {200}, rows
    return {(row["edge"], row["system"]): row["ipv4"]["cache"] for row in rows}


def test_an_edge_serves_what_it_kept_while_the_system_has_no_power(lab: Rig) -> None:
    assert set(served(lab)) == {("cdn1", "archive"), ("cdn1", "benefits"), ("cdn2", "archive"), ("cdn2", "benefits")}
    assert set(served(lab).values()) <= {"HIT", "UPDATING", "EXPIRED"}
    lab.ok("lab", "break", "host", "room-archives")
    try:
        wait_until(lambda: served(lab)["cdn1", "archive"], lambda found: found == "STALE", seconds=40, what="the page is asked for again")
    finally:
        lab.ok("lab", "heal", "room-archives")


def test_an_unknown_site_is_answered_with_the_nearest(lab: Rig) -> None:
    done = lab.run("net", "edges", "look", "--from", "provinse")
    assert (done.code, done.err.splitlines()[-1]) == (2, "try: did you mean 'province'?")
