"""`citynode net` facts, render and simulate: what routers are, what they shall hold, and what a change would do. Changes nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.frame import frame
from cli.net_common import Devices, Waves, chosen, open_here

Traffic = Annotated[
    Path | None,
    typer.Option("--traffic", metavar="FILE", help="Measured traffic: what `citynode mon top --limit 1000 -o json` printed, or demands."),
]
Offline = Annotated[bool, typer.Option("--offline", help="Ask no router: what the city's own intent promises.")]


def facts(devices: Devices = None, wave: Waves = None) -> None:
    """Show what the routers say of themselves: software, uptime, interfaces, neighbours, in both families."""
    here = frame()
    from cli.net_look_views import facts_table
    from network.facts import gather

    found = gather(open_here(here), chosen(here, devices, wave))
    here.show({"devices": [one.as_data() for one in found.facts], "unreachable": found.unreachable()}, facts_table(found))
    found.raise_on_error()


def render(devices: Devices = None, wave: Waves = None) -> None:
    """Print the configuration that routers shall hold, in their own language; asks no device, and masks secrets."""
    here = frame()
    from cli.net_look_views import rendered_table
    from network.render import rendered

    found = rendered(here.city, here.control, chosen(here, devices, wave))
    here.show({"devices": [one.as_data() for one in found]}, rendered_table(found))


def simulate(devices: Devices = None, wave: Waves = None, traffic: Traffic = None, offline: Offline = False) -> None:
    """Apply what is pending to a model of the network, and judge reach, single failures, isolation and load; exit 5 if it breaks any."""
    here = frame()
    from cli.net_look_views import simulation_table
    from network.desk import folder_of
    from network.rollout import load_rollout
    from network.simulate.main import rehearse
    from network.simulate.main import simulate as look
    from network.simulate.measured import read_measured

    measured = read_measured(here.city, traffic) if traffic else None
    if offline:
        found = rehearse(here.city, load_rollout(folder_of(here.control, here.city)), measured)
    else:
        found = look(open_here(here), chosen(here, devices, wave), measured=measured)
    here.show(found.as_data(), simulation_table(found))
    found.verdict.raise_on_error()
