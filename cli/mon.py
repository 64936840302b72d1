"""`citynode mon`: what the network does."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated

import typer

from cli.frame import frame, noun
from ops.language import _

app = noun("mon")

Devices = Annotated[list[str] | None, typer.Argument(metavar="[DEVICE]...", help="Routers; all of the city without any.")]
Backend = Annotated[str, typer.Option("--backend", metavar="gufo|pysnmp", help="SNMP library (default: the fastest that is installed).")]


@app.command("poll", epilog="Example: citynode mon poll --once -o json")
def poll(
    devices: Devices = None,
    once: Annotated[bool, typer.Option("--once", help="One round and no more; counters only.")] = False,
    interval: Annotated[
        float, typer.Option("--interval", metavar="SECONDS", min=0.5, help="Between rounds; agents count anew every 3 s or so.")
    ] = 6.0,
    rounds: Annotated[int, typer.Option("--rounds", metavar="N", min=0, help="Stop after N rounds; 0 goes on until Ctrl-C.")] = 0,
    backend: Backend = "",
) -> None:
    """Ask the routers by SNMPv3; exit code 3 when one didn't answer in some round. From the second round on, rates are shown."""
    here = frame()
    from cli.mon_views import rates_table, round_table, show_round
    from monitoring.rounds import poll_rounds
    from monitoring.targets import lines, targets

    wanted, count, failed = targets(here.city, here.access, devices or ()), 1 if once else rounds, False
    if not count:
        here.progress.note(_("a round every {interval:g} s; Ctrl-C ends it").format(interval=interval))
    with suppress(*() if count else (KeyboardInterrupt,)):
        for round_, rates in poll_rounds(wanted, interval=interval, rounds=count, backend=backend):
            failed = failed or bool(round_.failed)
            table = rates_table(round_, rates, lines(here.city)) if rates and not round_.failed else round_table(round_)
            show_round(here, round_, rates, table, alone=count == 1)
    if failed:
        raise typer.Exit(3)


@app.command("serve", epilog="Example: citynode mon serve --listen 0.0.0.0:9436")
def serve(
    listen: Annotated[str, typer.Option("--listen", metavar="ADDRESS:PORT", help="Where Prometheus finds it.")] = "127.0.0.1:9436",
    backend: Backend = "",
) -> None:
    """Serve the routers' counters to Prometheus until Ctrl-C; every scrape polls."""
    here = frame()
    from monitoring.serve import listening, serve
    from monitoring.targets import lines, targets

    def ready(url: str) -> None:
        here.progress.note(_("serving {url}; Ctrl-C ends it").format(url=url))

    address, port = listening(listen)
    serve(targets(here.city, here.access), lines(here.city), address=address, port=port, backend=backend, ready=ready)


@app.command("top", epilog="Example: citynode mon top --limit 10; citynode mon top --level access -o json")
def top(
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, help="Show the N busiest links.")] = 20,
    level: Annotated[str, typer.Option("--level", metavar="LEVEL", help="Only links of this level: province, county, town, access …")] = "",
    window: Annotated[int, typer.Option("--window", metavar="SECONDS", min=5, help="Average over this time.")] = 30,
) -> None:
    """Show who uses the bandwidth: each link's traffic in both directions against what it carries."""
    here = frame()
    from cli.mon_views import top_table
    from monitoring.query import ask_rates, link_uses, only_level, prometheus_of

    url = prometheus_of(here.access)
    uses = only_level(link_uses(here.city, *ask_rates(url, window)), level)
    data = {"city": here.city.name, "window_seconds": window, "links": len(uses), "top": [use.as_data() for use in uses[:limit]]}
    here.show(data, top_table(uses[:limit], note=_("{count} links; average of {window} s").format(count=len(uses), window=window)))
