"""The chapters of the demo, in order: one thin, real thread through the whole mission.

Each chapter runs the commands that a user would run and returns what it measured. Nothing here reaches into the product:
what a chapter knows, it knows from the commands' own data.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from demo.figures import Figure
from demo.teller import Answer, Teller
from ops.language import _

LAB = "demo"
COUNTY = "haifeng"
SYSTEM = "archive"
FAULT = "core1-haifeng-agg1"
SEEN_WITHIN = 15
"""Per cent: net-snmp counts anew every 3 seconds, an eighth of the 24 between the first and the last scrape of half a minute."""


@dataclass(frozen=True, slots=True)
class Chapter:
    """What is told, and the function that does it."""

    name: str
    title: str
    about: str
    tell: Callable[[Teller], Sequence[Figure]]


def chapters() -> tuple[Chapter, ...]:
    """The story in the reader's language."""
    return (
        Chapter("city", _("The city as data"), _("The plan's city is YAML; its rules hold it to the plan's own totals."), tell_city),
        Chapter(
            "lab",
            _("The city in a box"),
            _("Routers, three centres, databases, name servers and departments' hosts, on this machine."),
            tell_lab,
        ),
        Chapter(
            "network",
            _("The cores as code"),
            _("All routers are brought to what the city says, in waves, each verified from outside."),
            tell_network,
        ),
        Chapter(
            "fault",
            _("A line is cut"),
            _("One of a county's two lines goes dark; its traffic goes round by the other, and the check names it."),
            tell_fault,
        ),
        Chapter(
            "ipv6",
            _("IPv6 for one county"),
            _("Addresses, routing and names in the second family, with every lost IPv4 packet counted."),
            tell_ipv6,
        ),
        Chapter(
            "monitoring",
            _("A look at the bandwidth"),
            _("Every router is asked by SNMPv3; a generator's traffic is seen as what it is."),
            tell_monitoring,
        ),
        Chapter(
            "drill",
            _("A switchover between the centres"),
            _("The databases change sides while a probe writes from outside and keeps a ledger."),
            tell_drill,
        ),
        Chapter(
            "stacks",
            _("The centres by Pulumi"),
            _("A landing zone for every system of the catalogue, in three real clusters."),
            tell_stacks,
        ),
        Chapter(
            "move",
            _("A system moves to the cloud"),
            _("A department asks for a slot; its system moves under load, and its users are asked all the time."),
            tell_move,
        ),
        Chapter("record", _("The record"), _("Everything that was done stands in a trail that shows any edit."), tell_record),
    )


def tell_city(teller: Teller) -> Sequence[Figure]:
    found = teller.ask("city", "check", "--city", "shanwei")
    data = found.data
    teller.say(
        _("{routers} routers, {systems} systems, {departments} departments: {count} remarks").format(**data, count=len(data["findings"]))
    )
    return (
        Figure(_("routers"), data["routers"], exactly=72),
        Figure(_("systems"), data["systems"]),
        Figure(_("self-built systems"), data["self_built"], exactly=60),
        Figure(_("departments"), data["departments"], exactly=32),
    )


def tell_lab(teller: Teller) -> Sequence[Figure]:
    """Up with what there is; the clusters join in their own chapter when their programs are still being made."""
    without = () if _engines_ready(teller) else ("--without", "clusters")
    from lab.memory import memory_in_use_gb

    up = teller.ask("lab", "up", "--city", "shanwei", "--name", LAB, *without)
    status = teller.ask("lab", "status")
    bad = [item for item in status.data["health"] if item["state"] != "up"]
    teller.say(_("{count} things run, {bad} don't").format(count=len(status.data["health"]), bad=len(bad)))
    return (
        Figure(_("the whole city up"), up.seconds, "s", most=120),
        Figure(_("memory in use"), memory_in_use_gb(), "GB", most=8),
        Figure(_("not healthy"), len(bad), exactly=0),
    )


def tell_network(teller: Teller) -> Sequence[Figure]:
    teller.ask("net", "diff", "--devices", "core", allowed=(0, 7))
    first = teller.ask("net", "push", "--yes")
    again = teller.ask("net", "push", "--yes")
    seen = teller.ask("net", "verify", "--wait", "15")
    model = teller.ask("net", "simulate")
    return (
        Figure(_("routers configured"), first.data["devices"]),
        Figure(_("push of the whole city"), first.seconds, "s", most=90),
        Figure(_("changed by a second push"), again.data["changed"], exactly=0),
        Figure(_("addresses that don't answer"), _silent(seen), exactly=0),
        Figure(_("every single failure on the model of the network"), model.data["seconds"], "s", most=10),
        Figure(_("promises of the plan that the model finds broken"), model.data["broken_count"], exactly=0),
    )


def tell_fault(teller: Teller) -> Sequence[Figure]:
    teller.ask("lab", "break", "link", FAULT)
    try:
        seen = teller.ask("net", "verify", "--devices", COUNTY, "--wait", "15", allowed=(0, 1, 7))
    finally:
        teller.ask("lab", "heal", FAULT)
    return (
        Figure(_("of the county's addresses, silent while it is cut"), _silent(seen), exactly=0),
        Figure(_("lines without a neighbour that the check names"), len(seen.data["dead"]), exactly=1),
    )


def tell_ipv6(teller: Teller) -> Sequence[Figure]:
    done = teller.ask("net", "ipv6", "rollout", "--place", COUNTY, "--yes")
    seen = teller.ask("net", "ipv6", "verify", "--place", COUNTY)
    edges = teller.ask("net", "edges", "look").data["edges"]
    served = sum(edge[family]["status"] == 200 for edge in edges for family in ("ipv4", "ipv6") if edge[family])
    return (
        Figure(_("rollout"), done.seconds, "s"),
        Figure(_("IPv4 packets lost meanwhile"), done.data["ipv4_probes_lost"], exactly=0),
        Figure(_("towns that reach the centres over IPv4, of 1"), seen.data["reachability_v4"], exactly=1),
        Figure(_("towns that reach the centres over IPv6, of 1"), seen.data["reachability_v6"], exactly=1),
        Figure(_("pages that the content edges serve, over both families"), served, exactly=2 * len(edges)),
    )


def tell_monitoring(teller: Teller) -> Sequence[Figure]:
    polled = teller.ask("mon", "poll", "--once")
    offered, seen = _traffic(teller)
    return (
        Figure(_("routers asked"), polled.data["devices"]),
        Figure(_("without an answer"), polled.data["failed"], exactly=0),
        Figure(_("one round"), polled.data["seconds"], "s", most=3),
        Figure(_("sent by the generator"), offered, "Mbit/s"),
        Figure(_("seen by citynode mon top"), seen, "Mbit/s"),
        Figure(_("difference"), abs(seen - offered) / offered * 100, "%", most=SEEN_WITHIN),
    )


def tell_drill(teller: Teller) -> Sequence[Figure]:
    teller.ask("dr", "status")
    drill = teller.ask("dr", "drill", "run", "switchover", "--yes")
    data = drill.data
    slowest = max((system["rto_seconds"] or 0.0 for system in data["systems"]), default=0.0)
    back = teller.ask("dr", "drill", "failback", "--yes", quiet=True)
    report = teller.ask("dr", "drill", "report", data["drill"], quiet=True)
    teller.say(_("report: {path}").format(path=report.data["report"]))
    return (
        Figure(_("outage (RTO)"), slowest, "s", most=6),
        Figure(_("acknowledged writes lost (RPO)"), data["lost_writes"], exactly=0),
        Figure(_("left behind"), data["leftovers"] if isinstance(data["leftovers"], int) else len(data["leftovers"]), exactly=0),
        Figure(_("back to the first centre"), max((system["rto_seconds"] or 0.0 for system in back.data["systems"]), default=0.0), "s"),
    )


def tell_stacks(teller: Teller) -> Sequence[Figure]:
    if not _engines_ready(teller):
        teller.say(_("the engines are still being made; waiting for them"))
        teller.ask("engines", "fetch")
    joined = teller.ask("lab", "up", "--city", "shanwei", "--name", LAB)
    up = teller.ask("stack", "up", "--yes")
    preview = teller.ask("stack", "preview")
    changes = sum(centre["changes"] for centre in preview.data["centres"])
    policies = teller.ask("policy", "check", "--city", "shanwei")
    return (
        Figure(_("clusters up"), joined.seconds, "s"),
        Figure(_("objects in three centres"), sum(centre["objects"] for centre in preview.data["centres"])),
        Figure(_("centres deployed"), up.seconds, "s"),
        Figure(_("preview of no change"), preview.seconds, "s"),
        Figure(_("changes left"), changes, exactly=0),
        Figure(_("objects that the policies refuse"), sum(not one["exempted_until"] for one in policies.data["breaches"]), exactly=0),
    )


def tell_move(teller: Teller) -> Sequence[Figure]:
    teller.ask("migrate", "slots", "request", SYSTEM)
    plan = teller.ask("migrate", "plan")
    moved = teller.ask("migrate", "run", SYSTEM, "--yes")
    data = moved.data
    return (
        Figure(_("slots planned"), len(plan.data["slots"])),
        Figure(_("planned in"), plan.data["solve_seconds"], "s"),
        Figure(_("carried over the department's line"), round(data["bytes"] / 1e6, 1), "MB"),
        Figure(_("the whole move"), moved.seconds, "s"),
        Figure(_("outage that users saw"), data["outage_seconds"], "s", most=10),
        Figure(_("acknowledged writes lost"), data["lost_writes"], exactly=0),
    )


def tell_record(teller: Teller) -> Sequence[Figure]:
    found = teller.ask("audit", "verify")
    return (Figure(_("entries"), found.data["entries"]), Figure(_("as they were written"), int(found.data["ok"]), exactly=1))


def _engines_ready(teller: Teller) -> bool:
    return bool(teller.ask("engines", "status", quiet=True, allowed=(0, 1, 7)).data["ready"])


def _silent(seen: Answer) -> int:
    """How many of the addresses that routers measured for each other did not answer, in both families."""
    return sum(family["measured"] - family["reached"] for family in seen.data["addresses"].values())


def _traffic(teller: Teller) -> tuple[float, float]:
    """A stream from the province to a department's room: what was offered, and what `mon top` saw on its access line, Mbit/s."""
    from demo.traffic import stream

    with stream(LAB, source="province", target="room-archives", mbit=8.0, seconds=55.0) as offered:
        seen = teller.ask("mon", "top", "--level", "access", "--window", "30")
    busiest = max((max(link["forward_mbit"], link["backward_mbit"]) for link in seen.data["top"]), default=0.0)
    return offered(), busiest
