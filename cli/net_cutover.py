"""`citynode net cutover`: private networks of departments merged into the extranet, and back as long as the old path stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.frame import DryRun, Frame, Yes, frame, noun
from ops.language import _

if TYPE_CHECKING:
    from network.cutover.scene import Scene

app = noun("cutover", "Merge departments' private networks into the extranet: plan, cut over, prove, take back, retire.")

Network = Annotated[str, typer.Argument(metavar="NETWORK", help="A private network of the city, such as finance.")]
Now = Annotated[str, typer.Option("--now", metavar="REASON", help="Cut over although no window is open; the audit trail keeps the reason.")]
Anytime = Annotated[
    bool,
    typer.Option(
        "--yes", "-y", help="Don't ask; needed where nobody can be asked (scripts, pipes). In a lab, needs no open window either."
    ),
]
Watch = Annotated[float, typer.Option("--watch", metavar="SECONDS", min=0, max=1800, help="How long it is watched after the switch.")]


@app.command("plan", epilog="Example: citynode net cutover plan finance -o json")
def plan(network: Network) -> None:
    """Look at a private network and show what differs from the city, and what becomes of every range and host; changes nothing."""
    here = frame()
    _show_plan(here, _scene(here, network))


@app.command("run", epilog="Example: citynode net cutover run finance --yes")
def run(network: Network, now: Now = "", watch: Watch = 5.0, dry_run: DryRun = False, yes: Anytime = False) -> None:
    """Cut a network over: both paths stand, then users switch, then packets prove who reaches what; a failure puts everything back."""
    here = frame()
    from cli.net_cutover_views import report_table
    from network.cutover import main
    from network.cutover.window import utc_now

    scene = _scene(here, network, watch=watch)
    if dry_run:
        _show_plan(here, scene)
        return
    if not here.access.lab:
        here.confirm(_("Cut the network {name} of {city} over?").format(name=network, city=here.city.name), yes=yes)
    done = main.run(scene, utc_now(), reason=now, anytime=bool(here.access.lab) and yes)
    here.show(done, report_table(done))


@app.command("rollback", epilog="Example: citynode net cutover rollback finance --yes")
def rollback(network: Network, yes: Yes = False) -> None:
    """Make a network that was cut over, or half-way, what it was before; possible until it is retired."""
    here = frame()
    from cli.net_cutover_views import report_table
    from network.cutover import main

    scene = _scene(here, network)
    if not here.access.lab:
        here.confirm(_("Take the cutover of {name} of {city} back?").format(name=network, city=here.city.name), yes=yes)
    done = main.rollback(scene)
    here.show(done, report_table(done))


@app.command("retire", epilog="Example: citynode net cutover retire finance --yes")
def retire(network: Network, yes: Yes = False) -> None:
    """Take the old path of a network away for good, once everything is proven again; there is no way back from here."""
    here = frame()
    from cli.net_cutover_views import report_table
    from network.cutover import main

    scene = _scene(here, network)
    if not here.access.lab:
        here.confirm(_("Retire the old path of {name} of {city} for good?").format(name=network, city=here.city.name), yes=yes)
    done = main.retire(scene)
    here.show(done, report_table(done))


@app.command("verify", epilog="Example: citynode net cutover verify finance -o json")
def verify(network: Network) -> None:
    """Prove by packets, in both families, who reaches a merged network's services and that its plane is apart; changes nothing."""
    here = frame()
    from cli.net_cutover_views import proof_table
    from network.cutover import main

    proof = main.verify(_scene(here, network))
    here.show(proof.as_data(), proof_table(proof.as_data()))
    proof.raise_on_wrong()


@app.command("status", epilog="Example: citynode net cutover status -o json")
def status(network: Annotated[str, typer.Argument(metavar="NETWORK", help="Only this network.")] = "") -> None:
    """Show how far the cutover of each private network is; asks no device."""
    here = frame()
    from cli.net_cutover_views import status_table
    from network.cutover import main

    found = main.status(here.control, here.city, (main.plan_cutover(here.city, network).network.name,) if network else ())
    here.show({"networks": found}, status_table(found))


def _scene(here: Frame, network: str, *, watch: float = 5.0) -> Scene:
    from network.cutover import main

    return main.open_scene(main.plan_cutover(here.city, network), here.access, here.control, watch_seconds=watch)


def _show_plan(here: Frame, scene: Scene) -> None:
    from cli.net_cutover_views import plan_table
    from network.cutover import main
    from network.cutover.window import utc_now

    planned = main.plan(scene, utc_now())
    here.show(planned.as_data(), plan_table(planned))
