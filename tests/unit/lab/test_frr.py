"""Today's configuration of routers and gateways, against files that FRR was seen to take."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from city.model import City, Dialect
from lab.box import Box
from lab.fault import Fault
from lab.frr import converge, daemons
from lab.frr.bgp import runs_bgp
from lab.frr.config import cost, gateway_config, router_config
from lab.frr.daemons import folders

ROUTERS = ("core1", "haifeng-agg1", "haifeng-agg2", "haifeng-t01")
GATEWAYS = ("dc1", "internet", "province", "room-archives")


@pytest.mark.parametrize("name", ROUTERS)
def test_a_routers_configuration_of_today(name: str, tiny: City, golden: Callable[[str, str], None]) -> None:
    golden(f"{name}.conf", router_config(tiny, name))


@pytest.mark.parametrize("name", GATEWAYS)
def test_a_gateways_configuration(name: str, tiny: City, golden: Callable[[str, str], None]) -> None:
    golden(f"{name}.conf", gateway_config(tiny, name))


def test_routers_have_no_ipv6_before_it_is_rolled_out(shanwei: City) -> None:
    assert not any("ipv6" in router_config(shanwei, router.name) for router in shanwei.routers)


def test_every_block_is_closed(shanwei: City) -> None:
    """FRR reads a block that isn't left by `exit` into the next one."""
    for router in shanwei.routers:
        lines = router_config(shanwei, router.name).splitlines()
        opened = [line for line in lines if line.startswith(("interface ", "router "))]
        assert len(opened) == lines.count("exit")


@pytest.mark.parametrize(("rate", "expected"), [(10_000, 10), (1000, 100), (100, 1000), (10, 10_000), (1, 65_535), (400_000, 1)])
def test_a_faster_link_costs_less_within_what_ospf_can_say(rate: int, expected: int) -> None:
    assert cost(rate) == expected


def test_a_name_that_frr_takes_keeps_labs_apart(box: Box) -> None:
    assert [str(path) for path in folders(box, "core1")] == ["/etc/frr/unit_core1", "/var/run/frr/unit_core1"]


def test_bgp_runs_where_it_is_spoken_and_nowhere_else(tiny: City, shanwei: City) -> None:
    for city, routers in ((tiny, ["pe1", "core1", "core2"]), (shanwei, ["pe1", "pe2", "core1", "core2"])):
        assert [name for name in (*city.router_by_name, *city.site_by_name) if runs_bgp(city, name)] == [*routers, "province", "internet"]


def test_a_router_of_another_vendor_runs_no_bgp_of_frr(tiny: City) -> None:
    vendors = tuple(router.model_copy(update={"dialect": Dialect.VRP8} if router.name == "core1" else {}) for router in tiny.routers)
    assert not runs_bgp(tiny.model_copy(update={"routers": vendors}), "core1")


def test_nobody_waits_for_a_neighbour_behind_a_cut_link(faulty: Callable[..., Box]) -> None:
    box = faulty(Fault(kind="link", name="core1-core2"), Fault(kind="router", name="haifeng-t01"))
    for node in box.nodes:
        (box.dir(node) / "configured").touch()
    wanted = converge.wanted(box)
    assert wanted["core1"] == 8
    assert wanted["haifeng-agg1"] == 3
    assert "haifeng-t01" not in wanted


def test_of_what_daemons_left_only_what_nobody_uses_or_asks_about_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("BUFFERS", "SOCKETS"):
        monkeypatch.setattr(daemons, name, tmp_path / name)
    running = Path(shutil.copy(shutil.which("sleep") or "", tmp_path / "zebra"))
    with subprocess.Popen([running, "60"]) as zebra:
        try:
            dead, zombie = subprocess.Popen(["true"]), subprocess.Popen([running, "0"])
            dead.wait()
            os.waitid(os.P_PID, zombie.pid, os.WEXITED | os.WNOWAIT)
            kept = {f"zebra.{zebra.pid}", f"bgpd.{dead.pid}", f"else.{dead.pid}"}
            for folder in (*kept, f"zebra.{dead.pid}", f"ospfd.{zebra.pid}", f"zebra.{zombie.pid}"):
                (tmp_path / "BUFFERS" / folder).mkdir(parents=True)
            (tmp_path / "BUFFERS" / f"bgpd.{dead.pid}" / "crashlog").touch()
            (tmp_path / "SOCKETS").mkdir()
            for name in (daemons.SHARED_LEFTOVERS[0], "zebra.pid"):
                (tmp_path / "SOCKETS" / name).touch()
            daemons.remove_leftovers(is_last=True)
            assert len([*(tmp_path / "BUFFERS").iterdir()]) == 6  # the machine's own FRR may have left them
            (tmp_path / "SOCKETS" / "zebra.pid").unlink()
            daemons.remove_leftovers(is_last=False)
            assert {path.name for path in (tmp_path / "BUFFERS").iterdir()} == kept
            assert [path.name for path in (tmp_path / "SOCKETS").iterdir()] == [daemons.SHARED_LEFTOVERS[0]]
            daemons.remove_leftovers(is_last=True)
            assert not [*(tmp_path / "SOCKETS").iterdir()]
        finally:
            zebra.kill()
            zombie.wait()
