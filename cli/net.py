"""`citynode net`: what the extranet's routers lack, push it in waves, verify it, take it back."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.frame import DryRun, Yes, frame, noun
from cli.net_common import Devices, Emulation, Override, Waves, chosen, confirm, finish, open_here, tell_unfinished, words
from cli.net_cutover import app as cutover
from cli.net_edges import app as edges
from cli.net_ipv6 import app as ipv6
from cli.net_look import facts, render, simulate
from cli.net_record import history, resume
from cli.net_traffic import app as traffic

app = noun("net")
app.add_typer(ipv6, name="ipv6")
app.add_typer(cutover, name="cutover")
app.add_typer(traffic, name="traffic")
app.add_typer(edges, name="edges")
app.command("facts", epilog="Example: citynode net facts --devices core -o json")(facts)
app.command("render", epilog="Example: citynode net render --devices haifeng-t01")(render)
app.command("simulate", epilog="Example: citynode net simulate --devices haifeng -o json")(simulate)
app.command("history", epilog="Example: citynode net history chg-20261125-172531-f45076")(history)
app.command("resume", epilog="Example: citynode net resume --dry-run")(resume)

Failed = Annotated[bool, typer.Option("--failed", help="Only the routers that the last push left failed or rolled back.")]


@app.command("diff", epilog="Example: citynode net diff --devices core1,haifeng -o json")
def diff(devices: Devices = None, wave: Waves = None) -> None:
    """Compare the routers with what they shall be; changes nothing, and exits 7 where anything differs."""
    here = frame()
    from cli.net_views import diff_table
    from network.compare import raise_unreadable
    from network.push.main import plan_push

    desk = open_here(here)
    plan = plan_push(desk, chosen(here, devices), only=words(wave))
    here.show(plan.as_data(desk), diff_table(desk, plan))
    tell_unfinished(here, plan.change.targets)
    raise_unreadable(plan.pending)
    if plan.to_change:
        raise typer.Exit(7)


@app.command("push", epilog="Example: citynode net push --devices haifeng --dry-run")
def push(
    devices: Devices = None,
    wave: Waves = None,
    failed: Failed = False,
    override: Override = "",
    accept_emulation: Emulation = False,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Bring routers to what they shall be, in waves: each is verified from outside, and rolled back where it fails."""
    here = frame()
    from cli.net_views import diff_table
    from network.push.history import failed_last
    from network.push.main import judged, plan_push, rehearse
    from network.push.main import push as carry_out

    desk = open_here(here, accept_emulation=accept_emulation)
    names = failed_last(desk.journal, chosen(here, devices)) if failed else chosen(here, devices)
    plan = plan_push(desk, names, only=words(wave), keep=not dry_run)
    if dry_run:
        verdict = judged(desk, plan)
        broken = verdict.broken if verdict else ()
        here.show({**plan.as_data(desk), "broken": [one.as_data() for one in broken]}, diff_table(desk, plan, broken))
        tell_unfinished(here, plan.change.targets)
        rehearse(plan, verdict, override=override)
        return
    confirm(here, plan, yes=yes)
    finish(here, lambda: carry_out(desk, plan, override=override))


@app.command("verify", epilog="Example: citynode net verify --devices haifeng -o json")
def verify(
    devices: Devices = None,
    wave: Waves = None,
    wait: Annotated[float, typer.Option("--wait", metavar="SECONDS", min=0, help="Go on asking what is silent or down for so long.")] = 0.0,
) -> None:
    """Compare configuration, let routers measure each other's addresses, ask for BGP sessions and shared gateways; changes nothing."""
    here = frame()
    from cli.net_views import verify_table
    from network.verify import verify as measure

    found = measure(open_here(here), chosen(here, devices, wave), patience=wait)
    here.show(found.as_data(), verify_table(found))
    found.raise_on_error()


@app.command("rollback", epilog="Example: citynode net rollback --change chg-20261125-172531-f45076 --devices core1")
def rollback(
    change: Annotated[str, typer.Option("--change", metavar="ID", help="The change to take back; the last one, if left out.")] = "",
    devices: Devices = None,
    wave: Waves = None,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Bring routers back to what they held before a change; also those that a change left stuck, or that was never ended."""
    here = frame()
    from cli.net_views import diff_table
    from network.ipv6.main import name_server
    from network.push.rollback import plan_rollback, roll_back

    desk = open_here(here)
    plan = plan_rollback(desk, change, chosen(here, devices, wave) if devices or wave else ())
    if dry_run:
        here.show(plan.as_data(desk), diff_table(desk, plan.push))
        return
    confirm(here, plan.push, yes=yes)
    finish(here, lambda: roll_back(desk, plan, name_server(here.access) if plan.names else None))
