"""What `citynode net cutover` shows to people: tables only, nothing is decided here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cli.frame import Table
from ops.language import _, step_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from network.cutover.main import Planned
    from ops.plan import JsonObject


def kinds() -> dict[str, str]:
    """Who asks, in the reader's language."""
    return {
        "inside": _("within the network"),
        "user": _("users to its services"),
        "stranger": _("others to its services"),
        "across": _("between the planes"),
    }


def words() -> dict[str, str]:
    """States and decisions, in the reader's language."""
    return {
        "separate": _("separate"),
        "moving": _("being cut over"),
        "watching": _("cut over, both paths stand"),
        "merged": _("merged"),
        "failed": _("undone after a failure"),
        "keep": _("keep"),
        "renumber": _("renumber"),
        "nat": _("translate"),
    }


def plan_table(planned: Planned) -> Table:
    """A row a range; hosts, differences, lines and steps below."""
    data = planned.as_data()
    rows = [(item["range"], item["from"], words()[item["decision"]], item["to"], item["ipv6"]) for item in data["ranges"]]
    note = [
        _("hosts:"),
        *(f"  {host['host']}: {host['old']} -> {host['new']}, {host['ipv6']} tcp {host['port']}" for host in data["hosts"]),
    ]
    note += _names(data)
    note += [_("users: {names}").format(names=", ".join(data["users"]) or "-")]
    note += [_("differences from the city:") if data["differences"] else _("nothing differs from the city")]
    blocks = _("has to be decided first")
    note += [f"  {each['place']}: {each['text']}" + (f" ({blocks})" if each["blocks"] else "") for each in data["differences"]]
    for change in data["changes"]:
        note += [f"{change['router']}:", change["diff"]]
    note += [_("steps:"), *(f"  {step_name(step['step'])}: {step['reaches']}" for step in data["steps"])]
    window = (
        _("a window is open") if data["window"]["open"] else _("no window is open; the next: {time}").format(time=data["window"]["next"])
    )
    title = _("{network} into the plane {plane}; {window}; plan {hash}").format(
        network=data["network"], plane=data["plane"], window=window, hash=data["plan"][:12]
    )
    return Table(("range", "from", "decision", "to", "IPv6"), rows, title=title, note="\n".join(note))


def _names(data: JsonObject) -> list[str]:
    """What becomes of the names, and when they are made short-lived."""
    if not data["names"]:
        return []
    when = _("names, made short-lived {seconds} s before they are switched, until the old path is retired:")
    rows = [(each, _("TTL {seconds} s").format(seconds=each["ttl"]) if each["ttl"] else _("no record")) for each in data["names"]]
    said = [f"  {each['name']}: {each['old']} ({life}) -> {each['new']}, {each['ipv6']}" for each, life in rows]
    return [when.format(seconds=data["names_wait_seconds"]), *said]


def report_table(done: JsonObject) -> Table:
    """Who was asked and who answered; below, what users saw."""
    note = [
        _("{network}: {state} after {seconds:g} s").format(network=done["network"], state=words()[done["state"]], seconds=done["seconds"])
    ]
    if "outage_seconds" in done:
        note.append(
            _("users meanwhile: {lost} of {sent} questions without an answer, longest outage {seconds:g} s").format(
                lost=done["probes_lost"], sent=done["probes_sent"], seconds=done["outage_seconds"]
            )
        )
    return Table(("who", "IPv4", "IPv6"), _proof_rows(done["proof"]), title=done["change"], note="\n".join(note))


def proof_table(proof: JsonObject) -> Table:
    """Answers of questions, by who asked; below, what is wrong."""
    return Table(("who", "IPv4", "IPv6"), _proof_rows(proof), note="\n".join(proof["wrong"]))


def status_table(found: Sequence[JsonObject]) -> Table:
    """A row a network."""
    rows = [
        (
            known["network"],
            known["plane"],
            words()[known["state"]],
            known.get("seen", {}).get("outage_seconds"),
            known["unfinished"] or None,
        )
        for known in found
    ]
    return Table(("network", "plane", "state", "outage s", "unfinished"), rows)


def _proof_rows(proof: JsonObject) -> list[tuple[str, str, str]]:
    text = _("{answered} of {asked} answered")
    return [(who, text.format(**proof[kind]["ipv4"]), text.format(**proof[kind]["ipv6"])) for kind, who in kinds().items()]
